/// −log u of a uniform u has an exponential law, and −log of that Gumbel's: logits with it are greatest at a class that is drawn by their
/// softmax.
let gumbel(logits) = logits - log(-log(draw(uniform, like: logits)))

/// Cross-entropy to a class that is drawn by the original model's answer.
loss drawn_answer(of: set) = mean(of, -log_p(argmax(gumbel(original.logits))))

/// Cross-entropy to the original model's answer with Gumbel noise, smoothed by the temperature exp(alpha · (a − b)): a the accuracy on the set
/// when the epoch begins, b the original model's on validation samples.
loss tempered_answer(of: set, alpha: real = 8) =
  mean(of, softmax_cross_entropy(logits, softmax(gumbel(original.logits) / exp(alpha * gap))))
  where gap = now(mean(of, argmax(logits) == label)) - now(mean(validation, argmax(original.logits) == label))

/// LoTUS: on the forget set the student follows the original model's answer, smoothed until its accuracy there is that on samples that it
/// never saw; on a share of the retain set, classes drawn from the original model's answer.
/// Source: Spartalis et al., CVPR 2025; share, alpha (8 on CIFAR-10, 2 elsewhere), rate, decay, epochs and batch are their code's for
/// ResNet-18. Their code also ends where the accuracy on the forget set is 0.01 below, and rounds both accuracies to two digits.
method lotus(
  share: percent in 0..100 = 30%,
  alpha: real usual 1..10 = 8,
  lr: real > 0 usual 1e-6..0.01 = 1e-4,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 128 samples
) {
  start from original
  repeat epochs over sample(retain, share) + forget in batches of batch {
    minimize drawn_answer(retain) + tempered_answer(forget, alpha: alpha)
    by adamw(lr: lr, weight_decay: 5e-4)
  }
}
