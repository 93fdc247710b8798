/// A uniform draw from the training samples.
selection random(budget: percent | samples > 0) builtin
