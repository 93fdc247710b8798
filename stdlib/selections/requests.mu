//! Requests in sequence: forget sets that are asked for one after the other. They make the axis `request` (1, 2, …).
//!
//! A method unlearns each request from the model that it made for the request before, and `original`, as a start or as a teacher,
//! is that model; at request 1 it is the trained one. Its forget set is what the request asks for, and what earlier requests asked
//! for is in no set any more. A method that starts from `scratch` has no model before: its forget set is all that was asked for so
//! far, and so Retrain is trained without that. Metrics of the forget set take all that was asked for so far, and `request(1)` is what the
//! first request alone asked for. Costs are those of one request.

/// Forget sets in the order in which they are asked for: `requests([from_file("q0.npy"), from_file("q1.npy")])`. Each chooses from
/// what those before it left, and each draw is a new one. Shares count all training samples, those of a worst case what is left. Scores
/// are of the original model as it was trained.
selection requests(
  of: [selection],
  /// How often the whole list is asked for: `requests([random(2%)], times: 5)`.
  times: int in 1..1000 = 1
) builtin
/// What one of an experiment's `requests` was the first to ask for. Metrics alone are taken on it: `accuracy(request(1))`.
selection request(
  /// From 1.
  number: int in 1..1000
) builtin
