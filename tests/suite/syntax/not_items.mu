// Words in column 1 that start nothing.
retrain()
//~ error syntax: `retrain()` starts no item

methd x { }
//~ error syntax: `methd` starts no item

"text"
