/// Validation samples: a forget set that the original model was never trained on. A control: what any method scores on it,
/// it scores without anything to erase.
selection untrained(budget: percent | samples > 0) builtin
