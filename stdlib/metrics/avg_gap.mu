/// Mean distance to Retrain at the same data, model, forget set and seed.
metric avg_gap: percent towards 0% = mean(abs(m - m[unlearn == retrain]) for m in [ua, mia, ra, ta])

/// The same without test samples: for choosing parameters.
metric avg_gap@validation: percent towards 0% = mean(abs(m - m[unlearn == retrain]) for m in [ua, mia@validation, ra, va])
