/// Run-time efficiency: minutes of the unlearning phase alone.
metric rte: minutes builtin
