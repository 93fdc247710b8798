//! How noise is mixed into images, how images are made of noise again, and who says what is in them.

/// Rectified flow (Liu et al., ICLR 2023): at time t an image x is (1 − t)·x + t·e, e of N(0, 1), and the denoiser tells e − x.
diffusion flow(
  /// How often each time is trained on: `logit_normal` has the middle more often (Esser et al., ICML 2024).
  times: uniform | logit_normal = uniform
) builtin
/// Denoising diffusion (Ho et al., NeurIPS 2020): at time t = 0, 1, … an image x is √ᾱ·x + √(1 − ᾱ)·e, ᾱ the product of all 1 − β up to
/// t, and the denoiser tells e.
diffusion ddpm(
  steps: int in 2..1000000 = 1000,
  /// β grows linearly from the first to the last, or √β does (Rombach et al., CVPR 2022); or ᾱ is a squared cosine (Nichol and Dhariwal,
  /// ICML 2021), which has no first and last.
  betas: linear | scaled_linear | cosine = linear,
  first: real in 0..1 = 1e-4,
  last: real in 0..1 = 0.02
) builtin

/// Euler's method along a flow, from noise at time 1 to an image at time 0.
sampler euler(
  steps: int in 1..100000 = 20,
  /// g in p(no_condition) + g · (p(condition) − p(no_condition)): 1 leaves the condition alone (Ho and Salimans 2022; diffusers' convention).
  guidance: real in 0..1000 = 1,
  /// Images for each condition.
  images: samples in 1..1000000 = 100 samples,
  of: diffusion = flow
) builtin
/// Heun's method along a flow: the denoiser is asked twice in each step.
sampler heun(
  steps: int in 1..100000 = 10,
  guidance: real in 0..1000 = 1,
  images: samples in 1..1000000 = 100 samples,
  of: diffusion = flow
) builtin
/// DDIM (Song et al., ICLR 2021) on evenly spaced times: the whole part of i · T/steps.
sampler ddim(
  steps: int in 1..100000 = 50,
  guidance: real in 0..1000 = 1,
  images: samples in 1..1000000 = 100 samples,
  of: diffusion = ddpm,
  /// 0 adds no noise, 1 as much as the chain itself: with as many steps as it has times this is the ancestral sampler of Ho et al.
  eta: real in 0..1 = 0
) builtin

/// A classifier that is trained on the experiment's data set, once for all seeds. How often it is right on the test images bounds what it can
/// say, and is said below tables.
judge classifier(model: model, train: recipe) builtin

/// What a denoiser is trained by: (prediction − target)², its mean over pixels, at a time and with noise that are drawn for each sample.
loss denoise(
  of: set,
  diffusion: diffusion = flow,
  /// The sample's own class, another one, none, or a rule's.
  condition: given | other | none | labels = given,
  /// The share of samples whose condition is none, for guidance.
  drop: percent in 0..100 = 0%,
  view: augmented | clean = augmented,
  mode: train | eval = train
) =
  mean(
    of,
    mean(square(prediction(at: x, time: t, condition: c) - target(diffusion, image, noise))),
    view: view,
    mode: mode
  )
  where noise = draw(normal, like: image),
        t = time(diffusion, draw(uniform, like: mean(image))),
        x = noised(diffusion, image, noise, time: t),
        own = case(condition, given: label, other: draw(class, except: label), none: no_condition, else: condition),
        c = choose(draw(uniform, like: mean(image)) < drop / 100%, no_condition, own)

/// (prediction under the sample's own class − prediction under another condition)²: a class is taught to look like another, or like none.
loss imitate(
  of: set,
  diffusion: diffusion = flow,
  condition: other | none | labels = other,
  /// Whose prediction under that condition: the network's own, through which no gradient flows, or the original model's.
  teacher: student | original = student,
  view: augmented | clean = augmented,
  mode: train | eval = train
) =
  mean(
    of,
    mean(square(
        prediction(at: x, time: t, condition: label)
        - case(
          teacher,
          student: stop(prediction(at: x, time: t, condition: c)),
          original: original.prediction(at: x, time: t, condition: c)
        )
    )),
    view: view,
    mode: mode
  )
  where noise = draw(normal, like: image),
        t = time(diffusion, draw(uniform, like: mean(image))),
        x = noised(diffusion, image, noise, time: t),
        c = case(condition, other: draw(class, except: label), none: no_condition, else: condition)

/// (prediction − target)², where the target leads away from a condition: p₀(none) − eta · (p₀(class) − p₀(none)), p₀ the original model's
/// prediction.
loss steer_away(
  of: set,
  diffusion: diffusion = flow,
  eta: real = 1,
  /// Where predictions are compared: at the set's images with noise, or on the network's own way from noise to an image of the condition.
  at: forward | trajectory = forward,
  /// Of the trajectory.
  guidance: real = 3,
  view: augmented | clean = augmented,
  mode: train | eval = train
) =
  mean(
    of,
    mean(square(prediction(at: x, time: t, condition: label) - ((1 + eta) * none - eta * own))),
    view: view,
    mode: mode
  )
  where noise = draw(normal, like: image),
        t = time(diffusion, draw(uniform, like: mean(image))),
        x = case(
          at,
          forward: noised(diffusion, image, noise, time: t),
          trajectory: trajectory(diffusion, noise, time: t, condition: label, steps: 20, guidance: guidance)
        ),
        none = original.prediction(at: x, time: t, condition: no_condition),
        own = original.prediction(at: x, time: t, condition: label)

/// What a denoiser is trained by, on images of uniform noise in the place of a set's own.
loss denoise_noise(of: set, diffusion: diffusion = flow, mode: train | eval = train) =
  mean(
    of,
    mean(square(prediction(at: x, time: t, condition: label) - target(diffusion, pixels, noise))),
    view: clean,
    mode: mode
  )
  where pixels = darkest + pixel_range * draw(uniform, like: image),
        noise = draw(normal, like: image),
        t = time(diffusion, draw(uniform, like: mean(image))),
        x = noised(diffusion, pixels, noise, time: t)
