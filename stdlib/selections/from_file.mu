/// The sample numbers that a file lists. Formats: npy, JSON, CSV (the last column), text, and Python's pickled lists and arrays, which
/// are read without executing anything.
selection from_file(
  path: path,
  /// Whether numbers count, from 0, in the training part before the validation samples are taken out, or in what is left then: so
  /// count the lists of Unlearn-WorstCase, whose validation samples `split: numpy` takes out.
  counted_in: part | training = part
) builtin
