// Powers are a function.
mu 1

loss preference(of: set, beta: real > 0 = 0.1) =
  mean(of, 2 / beta * log(1 + exp(log_p(label)) ^ beta))

loss squared(of: set) = mean(of, log_p(label) ** 2)
