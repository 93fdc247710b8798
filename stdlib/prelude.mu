//! What the language knows besides methods, models, data sets, selections and metrics.
//! `builtin`: the work is done by a kernel of the engine.

/// The UCI optical digits that ship with mu; no test part.
source uci_digits builtin
/// A folder of IDX files, plain or gzip.
source idx_files(root: path) builtin
/// CIFAR-10, binary or as Python's pickles (which are read, not executed): the folder, or the one that holds
/// `cifar-10-batches-bin` or `cifar-10-batches-py`.
source cifar10_files(root: path) builtin
/// CIFAR-100 with the 100 fine classes or the 20 coarse ones, in the same two forms.
source cifar100_files(root: path, labels: fine | coarse = fine) builtin
/// SVHN's cropped digits: `train_32x32.mat` and `test_32x32.mat`.
source svhn_files(root: path) builtin
/// A NumPy archive, or the folder of the only one: `x_train` and `y_train` with `x_test` and `y_test` (Keras), `train_images` and
/// `train_labels` with `test_…` (MedMNIST), or `images` and `labels` without a test part.
source npz_file(root: path) builtin
/// A folder of images for each class, below `train` and `test` (or `val`), or at once where nothing is set aside for testing
/// (torchvision's ImageFolder). Classes are numbered in the order of their names.
source class_folders(root: path) builtin
/// Tiny ImageNet in its own layout, the validation annotations read; its validation part tests.
source tiny_imagenet_files(root: path) builtin
/// ImageNet: folders of classes, the tar archives of ILSVRC, Kaggle's layout, or WebDataset shards; its validation part tests.
source imagenet_files(root: path) builtin
/// Parquet files with a column of images, as the Hugging Face hub has them; the label is the only column of whole numbers, or
/// the one that is named. The part `test` tests, or the validation part where `test` has no labels.
source parquet_files(root: path, label: text | only = only) builtin
/// CelebA as it is published: `img_align_celeba` or its zip, `list_attr_celeba.txt`, `list_eval_partition.txt`, and
/// `identity_CelebA.txt` where there are to be people; or with `.csv` lists, as Kaggle has it. One attribute is the label.
source celeba_files(root: path, attribute: text) builtin
/// UnlearnCanvas: `STYLE/OBJECT/NUMBER.jpg`; either is the label.
source unlearn_canvas_files(root: path, label: style | object = object) builtin

/// Zero padding on every side, then a cut at a uniform offset, of the image's own size or of another (torchvision's
/// RandomCrop).
augmentation crop(pad: px in 0..4096 = 4 px, side: px | own in 1..16384 = own) builtin
/// Mirrors left–right with probability ½.
augmentation flip builtin
/// A part of random area and shape, scaled to `side`, bilinear and antialiased (torchvision's RandomResizedCrop).
augmentation random_resized_crop(
  side: px in 1..16384,
  /// Shares of the area.
  smallest: percent in 0%..100% = 8%,
  largest: percent in 0%..100% = 100%,
  /// Width over height at most; at least its inverse.
  ratio: real >= 1 = 1.3333333333333333
) builtin
/// Scaled to `side`, bilinear and antialiased; in `prepare`, the shorter side.
augmentation resize(side: px in 1..16384) builtin
/// The middle.
augmentation centre_crop(side: px in 1..16384) builtin
/// (x/255 − mean) / std, per channel.
normalization channels(mean: [real in -1000000..1000000], std: [real > 0]) builtin

/// The learning rate stays.
schedule constant builtin
/// The learning rate is multiplied by `factor` at each milestone.
schedule steps(at: [epochs in 0..1000000], factor: real > 0 = 0.1) builtin
/// Half a cosine from the learning rate to 0, by epoch: over the phase, or over more or fewer epochs.
schedule cosine(epochs: epochs | phase in 0..1000000 = phase) builtin
/// Up linearly to the learning rate in epoch `up`, then down towards 0.
schedule triangle(up: epochs > 0) builtin
/// From the learning rate linearly to `to` times it, over the phase, or over more or fewer epochs (PyTorch's LinearLR).
schedule linear_decay(to: real >= 0 = 0, epochs: epochs | phase in 0..1000000 = phase) builtin
/// The learning rate is multiplied by `factor` after each epoch (PyTorch's ExponentialLR).
schedule exponential(factor: real in 0..1) builtin
/// Up from 1/`start` of the learning rate over the share `up` of the phase, then down to 1/(`start` · `end`), along half a cosine each
/// way (Smith and Topin 2019; PyTorch's OneCycleLR, without its cycles of momentum).
schedule one_cycle(
  up: real in 0..1 = 0.3,
  start: real > 0 = 25,
  end: real > 0 = 10000,
  epochs: epochs | phase in 0..1000000 = phase
) builtin
/// Up linearly from `from` times the learning rate over the first epochs, then another schedule over the rest, whose epochs are
/// counted from there.
schedule warmup(epochs: epochs in 0..1000000, before: schedule = constant, from: real in 0..1 = 0) builtin
/// A schedule that is asked before every step instead of every epoch: a step is a fraction of an epoch.
schedule by_step(of: schedule) builtin

/// Stochastic gradient descent with momentum, in PyTorch's form.
optimizer sgd(
  /// The learning rate.
  lr: real > 0,
  momentum: real in 0..1 = 0.9,
  /// The L2 coefficient, added to the gradient.
  weight_decay: real >= 0 = 5e-4,
  /// How much less the gradient counts beside the momentum.
  dampening: real in 0..1 = 0,
  /// Whether the momentum is looked at one step ahead.
  nesterov: bool = false,
  schedule: schedule = constant
) builtin
/// Adam (Kingma and Ba 2015) in PyTorch's form. Its weight decay is added to the gradient; `adamw` keeps the two apart.
optimizer adam(
  /// The learning rate.
  lr: real > 0 = 1e-3,
  /// How slowly the mean of gradients forgets.
  beta1: real in 0..1 = 0.9,
  /// How slowly the mean of their squares forgets.
  beta2: real in 0..1 = 0.999,
  /// Added to the root of the mean of squares.
  epsilon: real > 0 = 1e-8,
  weight_decay: real >= 0 = 0,
  schedule: schedule = constant
) builtin
/// Adam with decoupled weight decay, θ ← θ − lr · weight_decay · θ (Loshchilov and Hutter 2019), in PyTorch's form.
optimizer adamw(
  /// The learning rate.
  lr: real > 0 = 1e-3,
  beta1: real in 0..1 = 0.9,
  beta2: real in 0..1 = 0.999,
  epsilon: real > 0 = 1e-8,
  weight_decay: real >= 0 = 0.01,
  schedule: schedule = constant
) builtin
/// RMSprop (Hinton 2012) in PyTorch's form.
optimizer rmsprop(
  /// The learning rate.
  lr: real > 0 = 0.01,
  /// How slowly the mean of squared gradients forgets.
  alpha: real in 0..1 = 0.99,
  epsilon: real > 0 = 1e-8,
  momentum: real in 0..1 = 0,
  weight_decay: real >= 0 = 0,
  /// Whether gradients are scaled by their variance instead of their mean square.
  centered: bool = false,
  schedule: schedule = constant
) builtin
/// Adagrad (Duchi et al. 2011) in PyTorch's form.
optimizer adagrad(
  /// The learning rate.
  lr: real > 0 = 0.01,
  /// The learning rate of the t-th step is divided by 1 + (t − 1) · `lr_decay`.
  lr_decay: real >= 0 = 0,
  epsilon: real > 0 = 1e-10,
  weight_decay: real >= 0 = 0,
  /// What the sum of squares begins with.
  initial: real >= 0 = 0,
  schedule: schedule = constant
) builtin
/// Lion (Chen et al. 2023): the sign of an average of momentum and gradient, with decoupled weight decay.
optimizer lion(
  /// The learning rate.
  lr: real > 0 = 1e-4,
  beta1: real in 0..1 = 0.9,
  beta2: real in 0..1 = 0.99,
  weight_decay: real >= 0 = 0,
  schedule: schedule = constant
) builtin
/// Another optimizer, whose gradients together have an L2 norm of at most `max`.
optimizer clip_norm(of: optimizer, max: real > 0 = 1) builtin
/// Another optimizer, each entry of whose gradients lies within ±`max`.
optimizer clip_value(of: optimizer, max: real > 0) builtin
/// Another optimizer, which is given the mean of the gradients of so many batches, and steps once for them. What is left where an epoch or
/// the phase ends is a step of its own, along the mean of what there is. Epochs, steps of a phase and schedules count batches.
optimizer accumulate(of: optimizer, steps: int in 1..1000000) builtin
/// Sharpness-aware minimisation (Foret et al. 2021): another optimizer, which is given the gradient at the weights moved by rho · g / |g|, and
/// steps from the weights themselves. g is the gradient of the phase's own loss, or of another one: along `ce(forget)` it is
/// unlearning-aware minimisation, UAM. Running statistics move by the pass at the weights themselves.
optimizer sam(of: optimizer, rho: real >= 0 = 0.05, along: loss | own = own) builtin
/// θ ← θ − lr · sign(g).
optimizer sign_sgd(
  /// The learning rate.
  lr: real > 0 = 1e-3,
  schedule: schedule = constant
) builtin

/// How the original model, and Retrain, are trained.
recipe training(
  epochs: epochs in 0..1000000,
  optimizer: optimizer = sgd(lr: 0.1),
  batch: samples > 0 = 256 samples,
  /// What networks compute in while they train, here and in the methods: `bf16` keeps weights, statistics and losses in float32 and
  /// runs convolutions and products in bfloat16. `auto` is `bf16` where the machine has it and the network is large enough to
  /// gain from it, else `float32`. Metrics are always taken from outputs in float32.
  precision: auto | float32 | bf16 | float64 = auto,
  /// What the original model is trained on. It must be the experiment's own data set, in the same split: otherwise nothing
  /// would say that the forget set was trained on, nor that the held-out samples were not.
  on: dataset | data = data,
  /// The weights that every training by this recipe starts from, Retrain's as well: fresh ones, or those of a `checkpoint(..)`.
  from: recipe | scratch = scratch,
  /// What of the checkpoint is drawn anew: `last(1 layers)`, where it is for other classes.
  reinit: parameters | nothing = nothing,
  /// What is minimised: cross-entropy, or any loss of `retain`, which is what is trained on: all of it, for the original model.
  loss: loss | ce = ce,
  /// The share of each label that lies on all classes alike (Szegedy et al. 2016; PyTorch's `label_smoothing`).
  label_smoothing: real in 0..1 = 0,
  /// Each batch is averaged with itself, one sample further, images and labels: by a share from Beta(α, α) (Zhang et al. 2018; torchvision's
  /// MixUp).
  mixup: real | none > 0 = none,
  /// A box of the sample before is pasted into each image, labels are averaged by its area, from Beta(α, α) (Yun et al. 2019; torchvision's
  /// CutMix). With `mixup` beside it, each batch is mixed by one of the two, with probability ½.
  cutmix: real | none > 0 = none,
  /// The weights that a training ends with: of its last step, of its best epoch, or their mean.
  keep: kept | last = last,
  /// Ends where nothing was gained for so many epochs: by the metric of `keep: best(..)`, or else by validation accuracy.
  patience: epochs | never > 0 = never
) builtin

/// The weights after the epoch that a validation metric finds best; the first of equal ones. Looking at the validation samples does not
/// count as cost.
kept best(of: metric) builtin
/// The exponential mean of the weights over all steps, running statistics of normalisations too: the first step's, then
/// θ ← decay · θ + (1 − decay) · new after every step (PyTorch's AveragedModel with `use_buffers`, timm's ModelEma).
kept ema(decay: real in 0..1 = 0.999) builtin

/// A model that was trained elsewhere: safetensors, or a file of torch.save, which is read without executing anything. As `train` it
/// is the original model, whatever the seed; a method may `start from` one. Published models were trained on all training samples:
/// what `validation` holds out here was not held out there.
recipe checkpoint(
  /// `{seed}`, `{model}` and the other axes stand for a point's own position: `"npo_{seed}.pth"`.
  path: path_of_point,
  /// How Retrain, and scores that train, are trained.
  retrain: recipe | unknown = unknown,
  /// What networks compute in while methods, Retrain and scores train; `auto` is what `retrain` says.
  precision: auto | float32 | bf16 | float64 = auto,
  /// Which samples the model was trained without, beside the test samples: those that `validation` holds out, or all, where it was
  /// trained on other data.
  unseen: unknown | validation | all = unknown,
  /// Where in the file its weights are, where several tables of tensors fit the model: `"ema"`.
  weights: text | only = only
) builtin

/// H = −Σ p log p, in nats, of a softmax of logits.
let shannon(logits) = -sum(exp(log_softmax(logits)) * log_softmax(logits))

/// The Jensen–Shannon divergence of two distributions over classes, in nats: 0 to log 2.
let jensen_shannon(p, q) = (divergence(p, (p + q) / 2) + divergence(q, (p + q) / 2)) / 2

/// Cross-entropy of the samples of a set.
loss ce(
  of: set,
  /// Their own; or drawn uniformly every epoch, over all classes (`random`) or over the other ones (`other`); the class
  /// that the original model finds likeliest but for the true one (`nearest_other`); that of `add class` (`new_class`);
  /// every class alike (`uniform`); or by a rule.
  labels: given | random | other | nearest_other | new_class | uniform | labels = given,
  /// With the data set's augmentation, or without; or other images in their place.
  view: augmented | clean | images = augmented,
  /// Batch normalisation by the batch, or by its running statistics.
  mode: train | eval = train,
  /// Over the samples of a batch.
  reduction: mean | sum = mean,
  /// Class c weighs n_c to the power of −balance, by its count in the training samples: 1 balances the classes.
  balance: real >= 0 = 0
) =
  mean(
    of,
    case(
      labels,
      given: -log_p(label),
      random: -log_p(draw(class)),
      other: -log_p(draw(class, except: label)),
      nearest_other: -log_p(argmax(without(original.logits, label))),
      new_class: -log_p(new_class),
      uniform: -mean(log_softmax(logits)),
      else: softmax_cross_entropy(logits, labels)
    ),
    view: view,
    mode: mode,
    reduction: reduction,
    weigh: power(class_count[label], -balance)
  )
/// T² · KL(teacher ‖ student), of outputs divided by the temperature T (Hinton, Vinyals, Dean 2015).
loss kl(
  /// Frozen, in evaluation mode.
  teacher: teacher,
  of: set,
  temperature: real > 0 = 1,
  view: augmented | clean = augmented,
  mode: train | eval = train
) =
  temperature * temperature
  * mean(of, divergence(softmax(teacher.logits / temperature), softmax(logits / temperature)), view: view, mode: mode)
/// Focal loss, −(1 − p)^γ log p of the label's p (Lin et al. 2017): what is known already counts less.
loss focal(of: set, gamma: real >= 0 = 2, view: augmented | clean = augmented, mode: train | eval = train) =
  mean(of, -power(1 - exp(log_p(label)), gamma) * log_p(label), view: view, mode: mode)
/// The entropy of the outputs, −Σ p log p.
loss entropy(of: set, view: augmented | clean = augmented, mode: train | eval = train) =
  mean(of, shannon(logits), view: view, mode: mode)
/// (H(student) − H(teacher))², of the entropies of both outputs.
loss entropy_gap(
  of: set,
  teacher: teacher,
  view: augmented | clean = augmented,
  mode: train | eval = train
) = mean(of, square(shannon(logits) - shannon(teacher.logits)), view: view, mode: mode)
/// −mean log softmax(z·z'ᵀ / T): the outputs z of a batch against the outputs z' of the batch beside it.
loss contrast(
  of: set,
  temperature: real > 0 = 1,
  view: augmented | clean = augmented,
  mode: train | eval = train
) = mean(of, -mean(log_softmax(dot(logits, beside.logits, over: class) / temperature)), view: view, mode: mode)
/// Σ|θ|
loss l1(of: parameters = all) = sum(abs(weights(of)))
/// Σ(θ − θ₀)², θ₀ the original model's parameters or zero.
loss l2(of: parameters = all, from: zero | original = zero) =
  sum(square(case(from, zero: weights(of), original: weights(of) - original.weights(of))))
/// A loss whose factor falls linearly to 0 over the phase, and is 0 for its last `rest` epochs.
loss decay(of: loss, rest: epochs in 0..1000000 = 0 epochs) builtin

/// The original model's answer to the image moved by ε·sign(∇ of its loss), ε a share of the pixels' range
/// (FGSM; Chen et al., "Boundary Unlearning", CVPR 2023).
labels boundary(epsilon: real >= 0 = 0.1) = argmax(original.logits(at: moved))
  where moved = argmax(
          -original.log_p(label, at: x),
          over: x,
          from: image,
          by: sign,
          step: epsilon * pixel_range,
          least: darkest,
          most: lightest
        )

/// Noise in the place of a set's images, by Adam up the error of the original model in evaluation mode (Tarun et al., "UNSIR",
/// 2021): it maximises cross-entropy − penalty · mean(Σ x²). Where the phase mixes sets, the others' images stay.
images error_maximizing(steps: int in 1..10000 = 40, lr: real > 0 = 0.1, penalty: real >= 0 = 0.1) builtin

/// The original model.
teacher original builtin
/// A fresh initialisation.
teacher scratch builtin
/// The running mean of the student, moved by `share` of the way after every step.
teacher average(share: real in 0..1 = 0.1) builtin

/// Every parameter.
parameters all builtin
/// From the k-th convolution or linear layer, counted from the output, to the output.
parameters last(k: layers > 0 = 1 layers) builtin
/// From the input to the k-th convolution or linear layer.
parameters first(k: layers > 0 = 1 layers) builtin
/// Those of convolutions.
parameters convs builtin
/// Those of linear layers.
parameters linears builtin
/// Those of normalisations.
parameters norms builtin
/// Those whose name fits a pattern, where `*` stands for anything: `named("layer4.*")`.
parameters named(pattern: text) builtin
/// Those that `update only` let move last.
parameters moving builtin
/// So many tensors, drawn each time that it is said.
parameters some(tensors: int > 0, of: parameters = all) builtin
/// The entries that score highest: over the whole set, or in each tensor.
parameters top(share: percent in 0..100, rank: importance, of: parameters = all, ranked: globally | by_layer = globally) builtin
/// The entries that score lowest.
parameters bottom(share: percent in 0..100, rank: importance, of: parameters = all, ranked: globally | by_layer = globally) builtin
/// The entries whose `rank` is at least so many times what `than` is; 1e-15 is added to both first.
parameters exceeding(times: real >= 0, rank: importance, than: importance, of: parameters = all) builtin

/// |θ|
importance magnitude builtin
/// |∇ of the loss|, its mean over the samples of its sets, in evaluation mode and without augmentation.
importance gradient(of: loss, batch: samples > 0 = 256 samples) builtin
/// (∇ of the loss)², the loss a batch's mean and the square's mean over the batches of its sets, in the order of the samples, in evaluation
/// mode and without augmentation: the diagonal of the empirical Fisher information. It is the original model's, and computed once.
importance squared_gradient(of: loss, batch: samples > 0 = 128 samples) builtin

/// θ + N(0, std²)
surgery noise(std: real >= 0) builtin
/// θ = 0
surgery zero builtin
/// Kernels with their rows and columns exchanged.
surgery transpose builtin
/// θ rounded to half precision.
surgery half_precision builtin
/// θ + strength · H⁻¹(g_forget − g_retain): H⁻¹ by rank-one updates over `samples` single retain samples
/// (WoodFisher: Singh and Alistarh 2020), g_f = Σ_f ∇ℓ / n, g_r = Σ_r ∇ℓ · n_f / (n · n_r), in evaluation mode.
surgery woodfisher(strength: real >= 0, samples: samples > 0 = 1000 samples) builtin
/// θ · min(strength · I_D / I_f, 1) where I_f > selection · I_D; the importances are mean squared gradients, of
/// batches, over all training samples and over the forget set.
surgery dampen(selection: real > 0 = 10, strength: real >= 0 = 1, batch: samples > 0 = 64 samples) builtin
/// θ + N(0, 1) · min(√(alpha / F), most), F the diagonal Fisher information on `samples` retain samples.
surgery fisher_noise(alpha: real >= 0, most: real >= 0 = 1e-3, samples: samples > 0 = 1000 samples) builtin
