/// Run-time efficiency: minutes of the unlearning phase alone.
metric rte: minutes towards lower builtin
