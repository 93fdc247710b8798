/// Mean distance to Retrain at the same data, model, forget set and seed.
metric avg_gap: percent = mean(abs(m - m[unlearn == retrain]) for m in [ua, mia, ra, ta])
