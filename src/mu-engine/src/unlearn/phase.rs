//! `repeat`: gradient steps over sets.

use std::cell::RefCell;
use std::ops::Range;

use mu_step::artefact::Epoch;
use mu_step::expression::Node;
use mu_step::{Failure, FailureKind, Length, LossTerm, Moment, Quantity, Repeat, Set, Stream, Stretch, Task};
use tch::{Kind, TchError, Tensor};

use super::batch::{Divisor, Seen};
use super::counts::counts;
use super::course::{Mixed, Way};
use super::drawn::Drawn;
use super::entries::{Entries, Moving};
use super::interpret::{Interpreter, Place};
use super::look::{look, of_mixed};
use super::losses::{Losses, Prepared};
use super::noise;
use super::optimizer::{Gradients, Optimizer, gradient};
use super::order::Order;
use super::recorded::{Recording, Steps};
use super::sharpness::Away;
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;

/// A phase's random draws are told apart by phase and epoch; the second stream's lie behind the first's.
const PHASE: usize = 1_000_000;
const BESIDE: usize = 500_000;

impl<'g> Interpreter<'_, 'g> {
    pub(super) fn repeat(
        &mut self,
        repeat: &Repeat,
        place: Place<'_>,
        network: &mut Network<'g>,
        optimizers: &mut Vec<Optimizer>,
    ) -> Result<(), Failure> {
        let failed = |e: TchError| torch::failed(&e);
        let mut samples = Vec::new();
        for (at, stream) in repeat.streams.iter().enumerate() {
            let found = self.membership.portions(&stream.over, self.draws, place.phase * PHASE + at * BESIDE);
            if found.is_empty() {
                return Err(Failure::new(FailureKind::BadData, "a phase of the method runs over no samples"));
            }
            samples.push(found);
        }
        let per_epoch = samples[0].len().div_ceil(repeat.batch.max(1));
        let stretches = repeat.length.stretches(place.round, per_epoch);
        let (from, kept) = match self.pass_over(stretches.len()) {
            Passed::All => return Ok(()),
            Passed::Upto(from) => (from, Some(self.take_up(network, optimizers))),
            Passed::None => (0, None),
        };
        network.settle().map_err(failed)?;
        if kept.is_none() {
            self.slow_down(repeat, network).map_err(failed)?;
        }
        let mut kept = kept.map(Vec::into_iter);
        let mut terms = Vec::new();
        self.run_plainly(repeat.terms().any(|t| t.quantity.is_of_second_order()), network);
        for term in repeat.terms().filter(|t| t.coefficient != 0.0) {
            let kept = kept.as_mut().map(|entries| entries.next().unwrap_or_default());
            terms.push(self.prepare(term, &repeat.streams, network, kept).map_err(failed)?);
        }
        let own = repeat.loss.iter().filter(|t| t.coefficient != 0.0).count();
        // A second stream that no term looks at is not gone through.
        let mut way = Way::new(&repeat.course, self.kept.take());
        let beside = |t: &Prepared<'_>| t.stream == 1 || t.term.quantity.looks_beside();
        let streams = if terms.iter().any(beside) { &repeat.streams[..] } else { &repeat.streams[..1] };
        let moving = self.moving(network).map_err(failed)?;
        let at = optimizers.iter().position(|o| o.rule == repeat.optimizer.rule).unwrap_or_else(|| {
            optimizers.push(Optimizer::new(repeat.optimizer.rule));
            optimizers.len() - 1
        });
        let rounds = repeat.rounds.map_or(place.rounds, |first| first.min(place.rounds));
        let clock = Clock { length: repeat.length, rounds, per_epoch };
        let all = stretches.len();
        for (turn, stretch) in stretches.into_iter().enumerate().skip(from) {
            let epoch = stretch.epoch;
            let rate = Rate { of: &repeat.optimizer, epoch, clock };
            let lr = rate.of_step(stretch.from);
            let phase = Phase {
                batch: repeat.batch,
                streams,
                terms: &terms,
                own,
                moving: &moving,
                stretch,
                clock,
                rate,
            };
            let index = place.phase * PHASE + epoch;
            let begun = std::time::Instant::now();
            let [loss, accuracy] = self
                .epoch(&phase, index, &samples, network, (&mut optimizers[at], &mut way))
                .map_err(failed)?;
            if !loss.is_finite() {
                let message = format!("the loss is {loss} in epoch {} (learning rate {lr})", epoch + 1);
                return Err(Failure::new(FailureKind::Diverged, message));
            }
            let accuracy = matches!(network.graph().task(), Task::Classify { .. }).then_some(accuracy);
            self.log.push(Epoch { phase: place.phase, epoch, lr, loss, accuracy });
            self.done += 1;
            self.cost.epochs += stretch.steps as f64 / per_epoch as f64;
            let seen = phase.positions(samples[0].len()).len() * streams.len();
            self.spent(seen, repeat.passes(), network);
            let rate = seen as f64 / begun.elapsed().as_secs_f64().max(1e-9);
            let looked = way.after_epoch(network, self.data, &self.membership).map_err(failed)?;
            let seen = looked.map_or_else(String::new, |(_, value)| format!(", on validation {value:.4}"));
            let right = accuracy.map_or_else(String::new, |share| format!(", accuracy {share:.1} %"));
            self.say(format!("loss {loss:.4}{right}{seen}, {rate:.0} images/s"));
            let over = looked.is_some_and(|(over, _)| over);
            if over {
                // What is left out counts as done: nobody waits for it.
                self.done += all - turn - 1;
            }
            self.in_time()?;
            if let Some(watch) = &mut self.watch {
                tch::no_grad(|| watch(network)).map_err(failed)?;
            }
            self.judge(place, network)?;
            self.pass_by(place, turn + 1, network)?;
            self.bookmark(network, optimizers, &terms, &way)?;
            if over {
                break;
            }
        }
        for tensor in network.tensors.values_mut() {
            *tensor = tensor.detach();
        }
        if let Some(kept) = way.end() {
            network
                .put(&kept)
                .map_err(|name| Failure::new(FailureKind::Kernel, format!("no place for {name}")))?;
        }
        self.run_plainly(false, network);
        // What was slowed in this phase alone.
        self.slow.truncate(self.slow.len().saturating_sub(repeat.slow.len()));
        Ok(())
    }

    /// Slows what a phase slows, beside what is slowed already.
    fn slow_down(&mut self, repeat: &Repeat, network: &Network<'g>) -> Result<(), TchError> {
        for slowed in &repeat.slow {
            let entries = self.entries(&slowed.parameters, network)?;
            self.slow.push((entries, slowed.factor));
        }
        Ok(())
    }

    /// Whether networks run by operations whose gradients have gradients.
    fn run_plainly(&mut self, on: bool, network: &mut Network<'g>) {
        network.run_plainly(on);
        if let Some(teachers) = &mut self.teachers {
            teachers.run_plainly(on);
        }
    }

    /// Passes over the stretches of a phase that were run before the state that is to be taken up was kept.
    fn pass_over(&mut self, stretches: usize) -> Passed {
        let Some((head, _)) = &self.resume else { return Passed::None };
        let left = head.done - self.skipped;
        self.skipped += stretches.min(left);
        if left > stretches { Passed::All } else { Passed::Upto(left) }
    }

    /// A term with its stream and its parameters, where those were not kept.
    pub(super) fn prepare<'t>(
        &mut self,
        term: &'t LossTerm,
        streams: &[Stream],
        network: &Network<'g>,
        kept: Option<Entries>,
    ) -> Result<Prepared<'t>, TchError> {
        let has = |stream: &Stream, set: Set| stream.over.iter().any(|p| p.set == set);
        let stream =
            term.quantity.set().and_then(|set| streams.iter().position(|s| has(s, set))).unwrap_or(0);
        let entries = match &term.quantity {
            _ if kept.is_some() => kept.unwrap_or_default(),
            Quantity::Parameters { parameters, .. } => self.entries(parameters, network)?,
            Quantity::Samples { .. } => Vec::new(),
        };
        Prepared::new(term, stream, entries)
    }

    /// The tensors that move, with their masks and factors.
    fn moving(&mut self, network: &Network<'g>) -> Result<Vec<Moving>, TchError> {
        let entries = self.entries(&mu_step::ParameterSet::Moving, network)?;
        let mut moving = Vec::new();
        for (name, mask) in entries {
            let tensor = network.tensors[&name].set_requires_grad(true);
            let mut factor: Option<Tensor> = None;
            for (slow, by) in &self.slow {
                let Some((_, entries)) = slow.iter().find(|(n, _)| *n == name) else { continue };
                let scale = match entries {
                    Some(entries) => entries.f_mul_scalar(by - 1.0)?.f_add_scalar(1.0)?,
                    None => tensor.detach().f_full_like(*by)?,
                };
                factor = Some(match factor {
                    Some(factor) => factor.f_mul(&scale)?,
                    None => scale,
                });
            }
            moving.push(Moving { name, tensor, mask, factor });
        }
        Ok(moving)
    }

    /// A pass over the samples in a new order, or a stretch of it; the mean loss per sample, and the accuracy in %.
    fn epoch(
        &mut self,
        phase: &Phase<'_>,
        index: usize,
        samples: &[Vec<i64>],
        network: &Network<'g>,
        (optimizer, way): (&mut Optimizer, &mut Way<'_>),
    ) -> Result<[f64; 2], TchError> {
        self.take_numbers(phase.terms, network)?;
        let device = self.data.train.device();
        let n = samples[0].len() as i64;
        let mut orders = Vec::new();
        for (at, (stream, samples)) in phase.streams.iter().zip(samples).enumerate() {
            orders.push(self.order(phase, stream, samples, n as usize, index + at * BESIDE, network)?);
        }
        let counts = counts(&self.data.train.labels, &self.data.training, network.classes(), network.kind())?;
        let sums = Tensor::f_zeros([2], (Kind::Double, device))?;
        let batch = phase.batch as i64;
        let positions = phase.positions(n as usize);
        let seen = positions.len() as i64;
        let problem = self.unrecordable(phase, network).or_else(|| way.unrecordable());
        let mut recording = Recording::new(self.player, batch, seen, problem);
        let images = seen * phase.streams.len() as i64;
        let end = positions.end as i64;
        let mut steps =
            Pass { interpreter: self, phase, index, counts, network, optimizer, way, sums, images, end };
        for at in positions.step_by(phase.batch).map(|at| at as i64) {
            recording.step(&mut steps, &orders, at, batch.min(n - at))?;
        }
        let [loss, right] = [0, 1].map(|at| steps.sums.f_double_value(&[at]));
        if let (Some(words), Some(paths)) = (recording.words(), self.paths) {
            paths.borrow_mut().insert("steps".to_owned(), words);
        }
        Ok([loss? / seen as f64, 100.0 * right?])
    }

    /// Why the steps of a phase cannot be recorded, where they cannot: what comes from the host would be that of the first.
    fn unrecordable(&self, phase: &Phase<'_>, network: &Network<'_>) -> Option<&'static str> {
        let calls = |t: &Prepared<'_>| t.term.quantity.any(|n| matches!(n, Node::Script { .. }));
        let draws = |t: &Prepared<'_>| t.term.quantity.any(|n| matches!(n, Node::Draw { .. }));
        let progresses = |t: &Prepared<'_>| t.term.quantity.any(|n| matches!(n, Node::Progress));
        let fades = |t: &Prepared<'_>| t.term.decay.is_some() || progresses(t);
        if phase.rate.is_by_step() {
            Some("the learning rate changes in them")
        } else if phase.clock.is_by_step() && phase.terms.iter().any(fades) {
            Some("a factor of the loss changes in them")
        } else if phase.rate.of.accumulate.is_some() {
            Some("not every one of them moves the weights")
        } else if phase.streams.iter().any(|s| s.noise.is_some())
            || network.draws()
            || phase.terms.iter().any(draws)
        {
            Some("random numbers are drawn in them")
        } else if phase.terms.iter().any(calls) {
            Some("a TorchScript function is called in them")
        } else if !self.data.train.are_resident() {
            Some("the images are not on the device")
        } else {
            None
        }
    }

    /// A new order of a stream's samples, `n` of them: a shorter set is gone through again.
    fn order(
        &self,
        phase: &Phase<'_>,
        stream: &Stream,
        samples: &[i64],
        n: usize,
        index: usize,
        network: &Network<'g>,
    ) -> Result<Order, TchError> {
        let images = &self.data.train;
        let shuffled = self.draws.stream("order", index).permutation(samples.len());
        let order: Vec<i64> = (0..n).map(|i| samples[shuffled[i % samples.len()]]).collect();
        let forget: Vec<f32> = order.iter().map(|i| self.membership.weight(*i)).collect();
        let augmentation = if stream.clean { None } else { images.draw(self.draws, index, n)? };
        let samples = Tensor::from_slice(&order).f_to_device(images.device())?;
        let labels = images.labels.f_index_select(0, &samples)?;
        let terms = phase.terms.iter().map(|t| t.term);
        let drawn = Drawn::new(terms, &labels, network.classes(), self.draws, index)?;
        let forget = Tensor::from_slice(&forget).f_to_kind(network.kind())?.f_to_device(images.device())?;
        Ok(Order { samples, labels, forget, drawn, augmentation })
    }

    /// The forward pass of positions `at..at + b`.
    fn see(
        &self,
        stream: &Stream,
        order: &Order,
        (at, b): (i64, i64),
        (index, streams): (usize, usize),
        (terms, mixed): (&[Prepared<'_>], Option<Mixed>),
        network: &Network<'g>,
    ) -> Result<Seen, TchError> {
        let cut = |t: &Tensor| t.f_narrow(0, at, b);
        let labels = cut(&order.labels)?;
        let forget = cut(&order.forget)?;
        let own =
            || self.data.train.batch(&cut(&order.samples)?, order.augmentation.as_ref().map(|a| (a, at)));
        let images = match (&stream.noise, &self.teachers) {
            (Some(noise), Some(teachers)) => {
                let mut stream = self.draws.stream(&format!("error noise of epoch {index}"), at as usize);
                let (original, shape) = (teachers.original()?, self.data.train.shape());
                let mut noise_of = |l: &Tensor| noise::maximising(noise, l, shape, original, &mut stream);
                match noise.of {
                    None => noise_of(&labels)?,
                    Some(set) => {
                        let belongs =
                            if set == Set::Forget { forget.f_gt(0.5)? } else { forget.f_le(0.5)? };
                        let chosen = belongs.f_nonzero()?.f_squeeze_dim(1)?;
                        let images = own()?;
                        match chosen.size1()? {
                            0 => images,
                            _ => images.f_index_copy(
                                0,
                                &chosen,
                                &noise_of(&labels.f_index_select(0, &chosen)?)?,
                            )?,
                        }
                    }
                }
            }
            _ => own()?,
        };
        let images = match mixed {
            Some(mixed) => mixed.images(&images)?,
            None => images,
        };
        let looked = look(&images, stream.evaluation, terms, network)?;
        let divisor = if streams > 1 { Divisor::Weights } else { Divisor::Samples(b as f64) };
        Ok(Seen {
            labels,
            forget,
            drawn: order.drawn.map(cut)?,
            divisor,
            evaluation: stream.evaluation,
            place: (index, at as usize),
            known: RefCell::default(),
            ..looked
        })
    }

    /// Samples in the given order, as they are.
    pub(super) fn plain(
        &self,
        stream: &Stream,
        samples: &[i64],
        terms: &[Prepared<'_>],
        network: &Network<'g>,
    ) -> Result<Seen, TchError> {
        let images = &self.data.train;
        let forget: Vec<f32> = samples.iter().map(|i| self.membership.weight(*i)).collect();
        let index = Tensor::from_slice(samples).f_to_device(images.device())?;
        let labels = images.labels.f_index_select(0, &index)?;
        let place = samples.first().map_or(0, |s| *s as usize);
        let draws = Draws { stage: "score", ..self.draws };
        let drawn = Drawn::new(terms.iter().map(|t| t.term), &labels, network.classes(), draws, place)?;
        let batch = images.batch(&index, None)?;
        let looked = look(&batch, stream.evaluation, terms, network)?;
        let forget = Tensor::from_slice(&forget).f_to_kind(network.kind())?.f_to_device(images.device())?;
        let divisor = Divisor::Samples(samples.len() as f64);
        Ok(Seen { labels, forget, drawn, divisor, place: (0, place), ..looked })
    }
}

/// How much of a phase an earlier process did.
enum Passed {
    /// None: nothing is taken up.
    None,
    /// All of it, and more after it.
    All,
    /// So many stretches, where its state was kept.
    Upto(usize),
}

/// The steps of an epoch.
struct Pass<'e, 'a, 'g, 'c> {
    interpreter: &'e mut Interpreter<'a, 'g>,
    phase: &'e Phase<'e>,
    index: usize,
    counts: Tensor,
    network: &'e Network<'g>,
    optimizer: &'e mut Optimizer,
    way: &'e mut Way<'c>,
    /// The losses of its samples, and the share of its images that came out right: one more or less, by rounding, does not tell
    /// a step that was recorded from the step itself.
    sums: Tensor,
    /// How many images it sees.
    images: i64,
    /// Where they end.
    end: i64,
}

impl Steps for Pass<'_, '_, '_, '_> {
    fn step(&mut self, orders: &[Order], at: i64, b: i64) -> Result<(), TchError> {
        let Self { interpreter, phase, index, network, .. } = self;
        let shape = interpreter.data.train.shape();
        let mixed = self.way.mixed(interpreter.draws, *index, at, shape);
        let mut seen = Vec::new();
        for (i, (stream, order)) in phase.streams.iter().zip(orders).enumerate() {
            let which = (*index + i * BESIDE, phase.streams.len());
            let mixed = mixed.filter(|_| i == 0);
            seen.push(interpreter.see(stream, order, (at, b), which, (phase.terms, mixed), network)?);
        }
        let Some(teachers) = &interpreter.teachers else { return Ok(()) };
        let step = at as usize / phase.batch;
        let losses = Losses {
            network,
            teachers,
            epoch: phase.clock.epoch(phase.stretch.epoch, step),
            counts: &self.counts,
            pixels: &interpreter.pixels,
            draws: interpreter.draws,
        };
        let by = phase.rate.of;
        let (terms, along) = phase.terms.split_at(phase.own);
        let mut moved = true;
        let found = match &by.sam {
            None => loss_and_gradient(of_mixed(&losses, terms, &mut seen, mixed)?, phase.moving)?,
            Some(sam) => {
                let along = if sam.along.is_some() { along } else { terms };
                let away = match of_mixed(&losses, along, &mut seen, mixed)? {
                    Some(loss) => {
                        Some(Away::go(gradient(&loss, phase.moving)?, sam.rho, phase.moving, network)?)
                    }
                    None => None,
                };
                let mut there = Vec::new();
                for (seen, stream) in seen.iter().zip(phase.streams) {
                    there.push(seen.again(look(&seen.images, stream.evaluation, phase.terms, network)?)?);
                }
                let found = loss_and_gradient(of_mixed(&losses, terms, &mut there, mixed)?, phase.moving)?;
                if let Some(away) = away {
                    away.back();
                }
                found
            }
        };
        if let Some((loss, gradients)) = found {
            let gradients = match by.accumulate {
                Some(most) => self.optimizer.gather(gradients, most, at + b >= self.end)?,
                None => Some(gradients),
            };
            moved = gradients.is_some();
            if let Some(gradients) = gradients {
                self.optimizer.step(gradients, phase.rate.of_step(step), by.clip, phase.moving)?;
            }
            let sum = loss.detach().f_to_kind(Kind::Double)?.f_mul_scalar(b as f64)?;
            let _ = self.sums.f_get(0)?.f_add_(&sum)?;
        }
        // A denoiser answers with no class.
        for seen in seen.iter().filter(|seen| seen.logits.dim() == 2) {
            let right = seen.logits.detach().f_argmax(-1, false)?.f_eq_tensor(&seen.labels)?;
            let share = right.f_sum(Kind::Double)?.f_div_scalar(self.images)?;
            let _ = self.sums.f_get(1)?.f_add_(&share)?;
        }
        if let (Some(teachers), true) = (&mut interpreter.teachers, moved) {
            teachers.follow(network)?;
        }
        self.way.follow(network)
    }

    fn state(&self) -> Vec<Tensor> {
        let average = self.interpreter.teachers.as_ref().and_then(|t| t.running_mean());
        let networks = std::iter::once(self.network).chain(average);
        let state = self.optimizer.state.values().flat_map(|of| of.values());
        let tensors = networks.flat_map(|n| n.tensors.values()).chain(state);
        let kept = self.way.kept.average.iter().flat_map(|of| of.values());
        tensors.chain(kept).chain([&self.sums]).map(|t| t.detach()).collect()
    }
}

/// A loss that is there, with its gradient.
fn loss_and_gradient(
    loss: Option<Tensor>,
    moving: &[Moving],
) -> Result<Option<(Tensor, Gradients)>, TchError> {
    loss.map(|loss| gradient(&loss, moving).map(|gradients| (loss, gradients))).transpose()
}

/// A phase at an epoch.
struct Phase<'p> {
    batch: usize,
    streams: &'p [Stream],
    /// Of its loss, and behind them those of SAM's.
    terms: &'p [Prepared<'p>],
    /// How many are of its loss.
    own: usize,
    moving: &'p [Moving],
    stretch: Stretch,
    clock: Clock,
    rate: Rate<'p>,
}

impl Phase<'_> {
    /// Of the stretch, out of `n` samples of an epoch.
    fn positions(&self, n: usize) -> Range<usize> {
        let Stretch { from, steps, .. } = self.stretch;
        (from * self.batch).min(n)..((from + steps) * self.batch).min(n)
    }
}

/// How long a phase is, through all rounds.
#[derive(Clone, Copy)]
struct Clock {
    length: Length,
    rounds: usize,
    per_epoch: usize,
}

impl Clock {
    /// Whether what changes over the phase does so with every step.
    fn is_by_step(self) -> bool {
        matches!(self.length, Length::Steps(_))
    }

    /// How many epochs are done at a step of an epoch, and how many there are.
    fn epoch(self, epoch: usize, step: usize) -> (f64, f64) {
        match self.length {
            Length::Epochs(epochs) => (epoch as f64, (self.rounds * epochs) as f64),
            Length::Steps(steps) => {
                let of = |steps: usize| steps as f64 / self.per_epoch as f64;
                (of(epoch * self.per_epoch + step), of(self.rounds * steps))
            }
        }
    }
}

/// The learning rate in an epoch.
struct Rate<'p> {
    of: &'p mu_step::Optimizer,
    epoch: usize,
    clock: Clock,
}

impl Rate<'_> {
    /// Whether it changes in the epoch.
    fn is_by_step(&self) -> bool {
        let schedule = &self.of.schedule;
        schedule.is_by_step() || self.clock.is_by_step() && !schedule.is_constant()
    }

    /// Of a step of the epoch.
    fn of_step(&self, step: usize) -> f64 {
        let Clock { length, rounds, per_epoch } = self.clock;
        let moment = match length {
            Length::Epochs(epochs) if !self.of.schedule.is_by_step() => {
                Moment { done: self.epoch, per_epoch: 1, whole: rounds * epochs }
            }
            Length::Epochs(_) | Length::Steps(_) => {
                let done = self.epoch * per_epoch + step;
                Moment { done, per_epoch, whole: length.steps(rounds, per_epoch) }
            }
        };
        self.of.lr * self.of.schedule.at(moment)
    }
}
