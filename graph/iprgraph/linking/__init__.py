"""Finding links: which things of another dataset may be the same as ours, and why.

`target_dataset` reads the other dataset as a stream; `candidates` compares its names with ours and
proposes links; `scoring` weighs what speaks for and against each pair; `decisions` records what a
person or a score decided.
"""
