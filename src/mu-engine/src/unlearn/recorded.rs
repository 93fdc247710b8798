//! Gradient steps that are recorded once per epoch and played again: on a GPU, launching hundreds of small kernels takes longer than
//! small networks compute. What was recorded must do what the step does, or it is not used.

use tch::{Kind, TchError, Tensor};

use super::order::Order;
use mu_kernels::cuda::Graph;

/// Steps of an epoch.
pub(super) trait Steps {
    /// The step of positions `at..at + b` of the orders.
    fn step(&mut self, orders: &[Order], at: i64, b: i64) -> Result<(), TchError>;
    /// What a step changes, in place.
    fn state(&self) -> Vec<Tensor>;
}

/// How steps are repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Player {
    /// Each by itself.
    None,
    /// As a CUDA graph.
    Graph,
    /// As a graph would, from the same place in memory, but step by step.
    #[cfg(test)]
    Again,
}

/// Steps before the recording: what is made on first use is there then.
const WARM: usize = 3;
/// Fewer steps than this are not worth it.
const FEWEST: i64 = 12;

/// A step that was recorded.
enum Tape {
    Graph(Graph),
    #[cfg(test)]
    Again,
}

impl Tape {
    fn play(&self, steps: &mut dyn Steps, window: &[Order], b: i64) -> Result<(), TchError> {
        let _ = (&steps, window, b);
        match self {
            Tape::Graph(graph) => Ok(graph.play()?),
            #[cfg(test)]
            Tape::Again => steps.step(window, 0, b),
        }
    }
}

enum State {
    /// Why not.
    Off(String),
    /// So many steps are left until the recording.
    Cold(usize),
    Ready(Tape, Vec<Order>),
}

/// The steps of an epoch, of whole batches of one size.
pub(super) struct Recording {
    player: Player,
    batch: i64,
    state: State,
}

impl Recording {
    /// For an epoch of `n` samples; `problem` says why the step cannot be recorded, where it cannot.
    pub(super) fn new(player: Player, batch: i64, n: i64, problem: Option<&str>) -> Self {
        let state = match problem {
            _ if player == Player::None => State::Off(String::new()),
            Some(problem) => State::Off(problem.to_owned()),
            None if n / batch.max(1) < FEWEST => State::Off("there are too few".to_owned()),
            None => State::Cold(WARM),
        };
        Self { player, batch, state }
    }

    /// How steps were done, in words; nothing where they could not have been otherwise.
    pub(super) fn words(&self) -> Option<String> {
        match &self.state {
            State::Off(why) if why.is_empty() => None,
            State::Off(why) => Some(format!("one by one: {why}")),
            State::Cold(_) => Some("one by one: there are too few".to_owned()),
            State::Ready(..) => Some("recorded as a CUDA graph".to_owned()),
        }
    }

    /// The step of positions `at..at + b`.
    pub(super) fn step(
        &mut self,
        steps: &mut dyn Steps,
        orders: &[Order],
        at: i64,
        b: i64,
    ) -> Result<(), TchError> {
        match &mut self.state {
            State::Off(_) => steps.step(orders, at, b),
            _ if b != self.batch => steps.step(orders, at, b),
            State::Cold(0) => self.record(steps, orders, at),
            State::Cold(left) => {
                *left -= 1;
                steps.step(orders, at, b)
            }
            State::Ready(tape, window) => {
                fill(window, orders, at)?;
                tape.play(steps, window, b)
            }
        }
    }

    /// Records a step, plays it, and does the same step by itself: where both come to the same, the next ones are played.
    fn record(&mut self, steps: &mut dyn Steps, orders: &[Order], at: i64) -> Result<(), TchError> {
        let b = self.batch;
        let window = orders.iter().map(|order| order.window(b)).collect::<Result<Vec<_>, _>>()?;
        let before = copies(&steps.state());
        // Recorded on the first batch and played on this one: what was that batch's alone shows.
        let played = self.tape(steps, &window).and_then(|tape| {
            fill(&window, orders, at)?;
            tape.play(steps, &window, b)?;
            Ok((tape, copies(&steps.state())))
        });
        let restored = tch::no_grad(|| restore(&steps.state(), &before));
        steps.step(orders, at, b)?;
        self.state = match played {
            Err(error) => State::Off(error.to_string().lines().next().unwrap_or_default().to_owned()),
            // Memory was made anew in the step: a recording would go on with the old one.
            Ok(_) if !restored? => State::Off("a step changes what it keeps".to_owned()),
            Ok((tape, played)) if same(&played, &steps.state())? => State::Ready(tape, window),
            Ok(_) => State::Off("what was recorded does something else".to_owned()),
        };
        Ok(())
    }

    fn tape(&self, steps: &mut dyn Steps, window: &[Order]) -> Result<Tape, TchError> {
        match self.player {
            #[cfg(test)]
            Player::Again => Ok(Tape::Again),
            _ => Graph::record(|| steps.step(window, 0, self.batch)).map(Tape::Graph),
        }
    }
}

fn fill(window: &[Order], orders: &[Order], at: i64) -> Result<(), TchError> {
    window.iter().zip(orders).try_for_each(|(window, order)| window.fill(order, at))
}

fn copies(state: &[Tensor]) -> Vec<Tensor> {
    state.iter().map(|t| t.detach().copy()).collect()
}

/// Brings the state back to what it was; whether it is the same tensors still.
fn restore(state: &[Tensor], before: &[Tensor]) -> Result<bool, TchError> {
    for (now, then) in state.iter().zip(before) {
        if now.size() != then.size() {
            return Ok(false);
        }
        now.shallow_clone().copy_(then);
    }
    Ok(state.len() == before.len())
}

/// Whether two states are the same, up to the order of sums.
fn same(a: &[Tensor], b: &[Tensor]) -> Result<bool, TchError> {
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a.f_to_kind(Kind::Double)?, b.detach().f_to_kind(Kind::Double)?);
        let scale = b.f_abs()?.f_max()?.f_double_value(&[])?.max(1e-12);
        let apart = a.f_sub(&b)?.f_abs()?.f_max()?.f_double_value(&[])?;
        // What is no number is none in both.
        if apart.is_nan() != scale.is_nan() || apart > 1e-3 * scale {
            return Ok(false);
        }
    }
    Ok(a.len() == b.len())
}

#[cfg(test)]
mod tests;
