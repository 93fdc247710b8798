/// The sample numbers that a file lists, counted from 0 in the training part before the validation samples are taken out.
/// Formats: npy, JSON, CSV (the last column), text, and Python's pickled lists, which are read without executing anything.
selection from_file(path: path) builtin
