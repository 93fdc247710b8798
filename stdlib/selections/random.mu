/// A uniform draw from the training samples; with `per_class`, the budget of every class.
selection random(budget: percent | samples > 0, per_class: bool = false) builtin
