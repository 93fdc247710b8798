//! The average gap in three readings of the test set and two of the seeds.

/// Mean distance to Retrain at the same data, model, forget set and seed: a cell is the mean over seeds of |m − Retrain's m|. It
/// has a floor above 0, the seed noise of Retrain itself (`retrain@again` shows it), and is at least `avg_gap@of_means`.
/// TA and MIA leave out test samples of classes that are forgotten whole.
metric avg_gap: percent towards 0% = mean(abs(m - m[unlearn == reference]) for m in [ua, mia, ra, ta])

/// As the papers' tables have it (Fan et al., ICLR 2024 and ECCV 2024): |mean of m − mean of Retrain's m|, the means over all that a
/// cell is taken over, such as seeds. One value a cell, so it has no ±; at a single point it is `avg_gap`.
metric avg_gap@of_means: percent towards 0% =
  of_means(mean(abs(m - m[unlearn == reference]) for m in [ua, mia, ra, ta]))

/// With every test sample, those of forgotten classes among them.
metric avg_gap@whole: percent towards 0% =
  mean(abs(m - m[unlearn == reference]) for m in [ua, mia@whole, ra, ta@whole])

/// Without test samples: for choosing parameters.
metric avg_gap@validation: percent towards 0% = mean(abs(m - m[unlearn == reference]) for m in [ua, mia@validation, ra, va])
