//! What the unlearning phase alone costs: without loading, storing and measuring.

/// Run-time efficiency: minutes.
metric rte: minutes towards lower builtin
/// Passes over its sets.
metric epochs_run: epochs towards lower builtin
/// Samples that went through the network.
metric samples_seen: samples towards lower builtin
/// Multiplications and additions in convolutions and linear layers; a backward pass counts as two forward passes.
metric flops: real towards lower builtin
