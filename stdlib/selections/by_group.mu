/// All samples of a group: of an attribute's value, an identity, a source.
selection by_group(
  /// A file (npy, json, csv, txt, pkl) with a whole number for every sample of the training part, in its order; or what the
  /// data set itself knows of its samples.
  groups: path | groups,
  /// The number, or numbers, of the samples that are forgotten.
  group: int | [int]
) builtin
