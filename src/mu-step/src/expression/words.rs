//! The words of expressions: for the checker, completion and the reference.

/// A word, how it is written, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// With its operands, where it has some.
    pub form: &'static str,
    /// What it is.
    pub doc: &'static str,
}

const fn word(name: &'static str, form: &'static str, doc: &'static str) -> Word {
    Word { name, form, doc }
}

/// What stands for a value by itself.
pub const VALUES: &[Word] = &[
    word("image", "image", "The sample as the network sees it: channel × row × column."),
    word("label", "label", "The sample's class."),
    word(
        "logits",
        "logits, logits(at: x)",
        "The network's outputs by class, at the image or at another input.",
    ),
    word("probabilities", "probabilities, probabilities(at: x)", "softmax(logits)"),
    word(
        "features",
        "features, features(\"layer\"), features(\"layer\", at: x)",
        "What a layer makes; what the last linear layer sees.",
    ),
    word("progress", "progress", "How far the phase is, by epochs: 0 in the first, towards 1."),
    word("pixel_range", "pixel_range", "What the whole range of pixels is in network input, by channel."),
    word("darkest", "darkest", "The network input of black pixels, by channel."),
    word("lightest", "lightest", "The network input of white pixels, by channel."),
    word("class_count", "class_count", "How many training samples each class has."),
    word("pi", "pi", "The ratio of a circle's circumference to its diameter."),
    word("validation", "validation", "What the split holds out for decisions: for `now` alone."),
    word("new_class", "new_class", "The class that `add class` added."),
    word("no_condition", "no_condition", "Of a denoiser: the condition that stands for none."),
    word(
        "beside",
        "beside.logits",
        "The student's outputs on the batch of the other stream, over the axis `other`, without a gradient.",
    ),
];

/// What is called with operands.
pub const FUNCTIONS: &[Word] = &[
    word("log_p", "log_p(class), log_p(class, at: x)", "log softmax(logits) at a class."),
    word(
        "prediction",
        "prediction(at: x, time: t, condition: label)",
        "What a denoiser makes of an image at a time, under a condition: a class of each sample, or `no_condition`.",
    ),
    word(
        "time",
        "time(diffusion, u)",
        "The time of a diffusion for a number u that is uniform in 0..1: how often each is trained on, the diffusion says.",
    ),
    word(
        "noised",
        "noised(diffusion, image, noise, time: t)",
        "An image into which noise is mixed, as a diffusion has it at a time.",
    ),
    word(
        "trajectory",
        "trajectory(diffusion, noise, time: t, condition: label, steps: 20, guidance: 3)",
        "Where a denoiser's own way from noise to an image is at a time; no gradient. `original.trajectory(..)` is the original model's.",
    ),
    word("target", "target(diffusion, image, noise)", "What a denoiser is trained to tell of it."),
    word(
        "weights",
        "weights(parameters)",
        "The parameters, entry by entry; `original.weights(..)` are those of another network.",
    ),
    word("exp", "exp(x)", "The exponential."),
    word("log", "log(x)", "The natural logarithm."),
    word("sqrt", "sqrt(x)", "The square root."),
    word("abs", "abs(x)", "The absolute value."),
    word("sign", "sign(x)", "−1, 0 or 1."),
    word("square", "square(x)", "x²"),
    word("sigmoid", "sigmoid(x)", "1 / (1 + exp(−x))"),
    word("log_sigmoid", "log_sigmoid(x)", "log(1 / (1 + exp(−x)))"),
    word("relu", "relu(x)", "max(x, 0)"),
    word("softplus", "softplus(x)", "log(1 + exp(x))"),
    word("cos", "cos(x)", "The cosine of an angle in radians."),
    word("power", "power(x, y)", "x to the power of y."),
    word("clamp", "clamp(x, low, high)", "x, not below `low` and not above `high`."),
    word("choose", "choose(condition, a, b)", "a where the condition is not 0, else b."),
    word("sum", "sum(x), sum(x, over: axis), sum(set, x)", "Entries added up; or samples of a set."),
    word(
        "mean",
        "mean(x), mean(x, over: axis), mean(set, x)",
        "The mean of entries; or of the samples of a set.",
    ),
    word("max", "max(x), max(x, over: axis), max(a, b)", "The greatest entry; or the greater of two."),
    word("min", "min(x), min(x, over: axis), min(a, b)", "The least entry; or the lesser of two."),
    word("norm", "norm(x), norm(x, over: axis)", "The root of the sum of squares."),
    word("square_norm", "square_norm(x)", "The sum of squares."),
    word("logsumexp", "logsumexp(x), logsumexp(x, over: axis)", "log Σ exp(x)"),
    word("softmax", "softmax(x), softmax(x, over: axis)", "exp(x) / Σ exp(x)"),
    word("log_softmax", "log_softmax(x), log_softmax(x, over: axis)", "x − log Σ exp(x)"),
    word("dot", "dot(a, b), dot(a, b, over: axis)", "Σ a·b"),
    word("cosine", "cosine(a, b)", "Σ a·b / (‖a‖ ‖b‖)"),
    word(
        "divergence",
        "divergence(p, q)",
        "KL(p ‖ q) of two distributions over classes: Σ p (log p − log q), 0 where p is 0.",
    ),
    word(
        "softmax_cross_entropy",
        "softmax_cross_entropy(logits, target)",
        "−log softmax(logits) at a class, or its mean by a distribution over classes.",
    ),
    word(
        "argmax",
        "argmax(x); argmax(e, over: x, from: image, by: sign, step: s, steps: n, within: r, least: a, most: b)",
        "The class of the greatest entry; or the input x at which e is great: steps up the gradient of e, within a ball.",
    ),
    word(
        "now",
        "now(mean(set, x))",
        "The mean of x over all of `forget`, `retain` or `validation`, in evaluation mode and without augmentation, taken before each epoch; no gradient.",
    ),
    word("one_hot", "one_hot(class)", "1 at a class, 0 elsewhere."),
    word("without", "without(x, class)", "Minus infinity at a class."),
    word("stop", "stop(x)", "x, through which no gradient flows."),
    word("gradient", "gradient(e, by: image)", "The gradient of e by an input."),
    word(
        "torchscript",
        "torchscript(\"npo.pt\", logits, label)",
        "A number of each sample: what a TorchScript function makes of values, which have the batch in front. Its gradient is taken.",
    ),
    word(
        "draw",
        "draw(normal, like: x), draw(class), draw(class, except: label)",
        "Random numbers: `normal`, `uniform` or `sign`, in the shape of x, for each batch, `fixed: true` once for all; `times: n` gives a list; or a class for each sample in each epoch.",
    ),
    word(
        "early",
        "early(models, epochs, x)",
        "In a score: the mean of x over so many models that are trained for so many epochs.",
    ),
    word(
        "quantile",
        "quantile(part, x, share)",
        "In a metric: a quantile of the numbers of samples, linear between ranks.",
    ),
    word("case", "case(word, this: a, that: b, else: c)", "The value beside the word that is given."),
];
