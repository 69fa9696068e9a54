// The query page: an editor in place of the plain form, and the answer below it.
export {};
