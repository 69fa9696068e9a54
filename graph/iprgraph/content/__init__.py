"""What people edit, parsed: ontology, shapes, data and questions."""
