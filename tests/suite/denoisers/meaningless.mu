// What is said of denoisers must have a meaning for them: each of these is told at its place.
model small() {
  flatten
  -> remember("given", of: residual(body: (time_embedding(4) -> t: linear(8)), shortcut: (l: label_embedding(8))))
  -> a: linear(8) -> modulate(of: (recall("given") -> m: linear(16))) -> silu -> b: linear(64) -> to_image(channels)
}
model unconditional() { flatten -> concat([identity, time_embedding(8)]) -> a: linear(16) -> silu -> b: linear(64) -> to_image(channels) }
let own = training(5 epochs, loss: denoise(retain, drop: 10%))
let judge_of_digits = classifier(small_cnn, train: training(5 epochs))

experiment fine {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment fine_chain {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain, ddpm(100), drop: 10%))
  sample = ddim(steps: 100, guidance: 2, of: ddpm(100))
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion(diffusion: ddpm(100))]
  measure = [ua, ra, frechet, rte]
}

experiment fine_without_guidance {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain))
  sample = euler
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment classifiers_recipe {
  data = digits
  model = small
  train = training(5 epochs)
//~ error wrong-type: this recipe trains a classifier, and the model is a denoiser
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment classifiers_loss {
  data = digits
  model = small
  train = training(5 epochs, loss: focal(retain))
//~ error wrong-type: this recipe trains a classifier, and the model is a denoiser
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment denoisers_loss {
  data = digits
  model = small_cnn
  train = own
//~ error wrong-type: the loss of this recipe is for denoisers, and these models are classifiers
  forget = by_class(0)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}

experiment denoisers_method {
  data = digits
  model = small_cnn
  train = training(5 epochs)
  forget = by_class(0)
  unlearn = each [retrain, esd]
//~ error wrong-type: this method is for denoisers, and these models are classifiers
  measure = [ua, ra]
}

experiment classifiers_method {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft]
//~ error wrong-type: a loss of a classifier's outputs has no meaning for a denoiser
  measure = [ua, ra, frechet, rte]
}

experiment surgery {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ssd]
//~ error wrong-type: `dampen` has no meaning for a denoiser
  measure = [ua, ra, frechet, rte]
}

experiment attacked {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, mia]
//~ error wrong-type: `mia` attacks a classifier's outputs, which has no meaning for a denoiser
}

experiment tested {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ta]
//~ error wrong-type: `ta` is taken on held-out samples, which has no meaning for a denoiser
}

experiment averaged {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [avg_gap]
//~ error wrong-type: `avg_gap` attacks a classifier's outputs, which has no meaning for a denoiser
}

experiment relearned {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [relearn_time]
//~ error wrong-type: `relearn_time` trains on labels, which has no meaning for a denoiser
}

experiment compared {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, js_divergence(forget)]
//~ error wrong-type: `js_divergence(on: forget)` compares outputs with another model's, which has no meaning for a denoiser
}

experiment other_sampler {
  data = digits
  model = small
  train = own
  sample = euler(of: ddpm)
//~ error wrong-type: this sampler is for a `flow`: for `ddpm` there is `ddim`
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment other_chain {
  data = digits
  model = small
  train = own
  sample = ddim(of: flow)
//~ error wrong-type: this sampler is for a `ddpm`: for `flow` there are `euler` and `heun`
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment other_diffusion {
  data = digits
  model = small
  train = own
//~ error wrong-type: this speaks of `flow`, and images are made by `ddpm(1000 steps, linear(0.0001, 0.02))`
  sample = ddim(steps: 10)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment other_schedule {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain, ddpm, drop: 10%))
//~ error wrong-type: this speaks of `ddpm(1000 steps, linear(0.0001, 0.02))`, and images are made by `ddpm(500 steps, linear(0.0001, 0.02))`
  sample = ddim(steps: 10, of: ddpm(500))
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment methods_diffusion {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion(diffusion: ddpm)]
//~ error wrong-type: this speaks of `ddpm(1000 steps, linear(0.0001, 0.02))`, and images are made by `flow`
  measure = [ua, ra, frechet, rte]
}

experiment too_many_steps {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain, ddpm(100), drop: 10%))
  sample = ddim(steps: 101, of: ddpm(100))
//~ error out-of-range: 101 steps of sampling, and the diffusion has 100 times
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment never_dropped {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain))
//~ error wrong-type: images are made with guidance, and this experiment's recipe never trains with `no_condition`
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment never_dropped_at_all {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain, drop: 0%))
  sample = euler
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, concept_ablation]
//~ error wrong-type: this method asks for predictions under no condition, and this experiment's recipe never trains with `no_condition`
  measure = [ua, ra, frechet, rte]
}

experiment never_dropped_for_esd {
  data = digits
  model = small
  train = training(5 epochs, loss: denoise(retain))
  sample = euler
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, esd]
//~ error wrong-type: this method asks for predictions under no condition, and this experiment's recipe never trains with `no_condition`
  measure = [ua, ra, frechet, rte]
}

experiment judged_by_a_denoiser {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = classifier(small, train: training(5 epochs))
//~ error wrong-type: a judge says which class an image is of, and `small` gives images
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment judged_by_a_denoisers_recipe {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = classifier(small_cnn, train: own)
//~ error wrong-type: the loss of this recipe is for denoisers, and a judge is a classifier
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment never_sampled {
//~ error missing-field: an experiment with a denoiser needs `sample`
  data = digits
  model = small
  train = own
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment never_judged {
//~ error missing-field: an experiment with a denoiser needs `judge`
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment sampled_classifier {
  data = digits
  model = small_cnn
  train = training(5 epochs)
  sample = euler(steps: 5, guidance: 2)
//~ error wrong-type: `sample` is for denoisers, and these models are classifiers
  forget = by_class(0)
  unlearn = each [retrain, ft]
  measure = [ua]
}

experiment judged_classifier {
  data = digits
  model = small_cnn
  train = training(5 epochs)
  judge = judge_of_digits
//~ error wrong-type: `judge` is for denoisers, and these models are classifiers
  forget = by_class(0)
  unlearn = each [retrain, ft]
  measure = [ua]
}

experiment compared_classifier {
  data = digits
  model = small_cnn
  train = training(5 epochs)
  forget = by_class(0)
  unlearn = each [retrain, ft]
  measure = [frechet]
//~ error wrong-type: `frechet` is for denoisers, and these models are classifiers
}

experiment some_of_each {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = random(10%)
//~ error wrong-type: `ua` is of conditions that are forgotten whole, and this leaves some of each
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment some_of_a_class {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0, 50%)
//~ error wrong-type: `ua` is of conditions that are forgotten whole, and this leaves some of each
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment some_of_each_unmeasured {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = random(10%)
  unlearn = each [retrain, ft@diffusion]
  measure = [ra, rte]
}

experiment never_trained_on {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = untrained(10%)
//~ error wrong-type: `ua` is of conditions that are forgotten whole, and this leaves some of each
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment scored {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = highest(10%, score: loss_score)
//~ error wrong-type: a score of a classifier's outputs has no meaning for a denoiser
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment both {
  data = digits
  model = each [small, small_cnn]
//~ error wrong-type: a classifier and a denoiser are in one experiment
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment told_no_class {
  data = digits
  model = unconditional
//~ error wrong-type: this denoiser reads no class: nothing tells it which images to make
  train = training(5 epochs, loss: denoise(retain))
  sample = euler
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment mixed {
  data = digits
  model = small
  train = training(5 epochs, mixup: 0.2, loss: denoise(retain, drop: 10%))
//~ error wrong-type: mixing images and their labels has no meaning for a denoiser
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
}

experiment tuned_over_test {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
  tune unlearn.lr over [1e-3, 1e-4] { maximize = ta }
//~ error held-out: `ta` uses test samples, and `tune` must not see them
}

experiment tuned_by_images {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
  tune unlearn.lr over [1e-3, 1e-4] { minimize = frechet }
//~ error held-out: `frechet` uses test samples, and `tune` must not see them
}

experiment tuned_by_no_images {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, ft@diffusion]
  measure = [ua, ra, frechet, rte]
  tune unlearn.lr over [1e-3, 1e-4] { maximize = va }
//~ error wrong-type: `va` is taken on held-out samples, which has no meaning for a denoiser
}

// A condition is a class, at a time that is a number of each sample.
loss no_class(of: set) = mean(of, mean(prediction(at: image, time: 0.5, condition: 11)))
//~ error axes: a class is needed here, this is a number
loss no_number(of: set) = mean(of, mean(prediction(at: image, time: image, condition: label)))
//~ error axes: the time is a number of each sample, this is a tensor over `channel`, `row`, `column`
loss no_image(of: set) = mean(of, mean(prediction(at: 3, time: 0.5, condition: label)))
//~ error axes: a denoiser takes an image of each sample, this is a number
loss no_time(of: set) = mean(of, mean(prediction(at: image, condition: label)))
//~ error missing-field: `prediction` needs `time`
loss no_diffusion(of: set) = mean(of, mean(noised(3, image, image, time: 0.5)))
//~ error wrong-type: `noised` takes a diffusion first, this is a plain number
loss drawn_among_none(of: set) = mean(of, mean(prediction(at: image, time: 0.5, condition: draw(class, except: no_condition))))
//~ error wrong-type: a class is drawn among all, or among all but the sample's own

method m_no_class { start from original repeat 1 epochs over forget in batches of 8 samples { minimize no_class(forget) by sgd(lr: 0.1) } }
method m_no_number { start from original repeat 1 epochs over forget in batches of 8 samples { minimize no_number(forget) by sgd(lr: 0.1) } }
method m_no_image { start from original repeat 1 epochs over forget in batches of 8 samples { minimize no_image(forget) by sgd(lr: 0.1) } }
method m_no_time { start from original repeat 1 epochs over forget in batches of 8 samples { minimize no_time(forget) by sgd(lr: 0.1) } }
method m_no_diffusion { start from original repeat 1 epochs over forget in batches of 8 samples { minimize no_diffusion(forget) by sgd(lr: 0.1) } }
method m_drawn_among_none { start from original repeat 1 epochs over forget in batches of 8 samples { minimize drawn_among_none(forget) by sgd(lr: 0.1) } }
experiment by_hand {
  data = digits
  model = small
  train = own
  sample = euler(steps: 5, guidance: 2)
  judge = judge_of_digits
  forget = by_class(0)
  unlearn = each [retrain, m_no_class, m_no_number, m_no_image, m_no_time, m_no_diffusion, m_drawn_among_none]
  measure = [ua, ra, frechet, rte]
}
