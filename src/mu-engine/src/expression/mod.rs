//! Evaluates tensor expressions on a batch. What the words of an expression stand for, a scene says: a step of a method, a model whose
//! samples are scored, or stored outputs.

mod align;
mod diffusion;
mod entrywise;
mod maximize;
mod operation;
mod script;

use std::cell::RefCell;

use mu_step::expression::{At, Axis, Expression, Law, Net, Node, Part, Type, Whole};
use tch::{Device, Kind, TchError, Tensor};

use crate::draw::Draw;
use crate::nn::Given;
pub(crate) use script::provide;

/// What an expression speaks of. Tensors of samples have the batch in front.
pub(crate) trait Scene {
    /// Of all numbers.
    fn kind(&self) -> Kind;
    fn device(&self) -> Device;
    /// The classes of the batch.
    fn labels(&self) -> Result<Tensor, TchError>;
    /// Network input.
    fn images(&self) -> Result<Tensor, TchError> {
        Err(missing("the images"))
    }
    /// What a network makes of the batch, or of other inputs.
    fn output(&self, of: &Net, part: &Part, at: Option<&Tensor>) -> Result<Tensor, TchError>;
    /// What a denoiser makes of inputs, at a time and under a condition of each sample; `looks` where it is to be in evaluation mode.
    fn prediction(&self, _of: &Net, _at: &Tensor, _given: Given, _looks: bool) -> Result<Tensor, TchError> {
        Err(missing("a denoiser"))
    }
    /// The condition that stands for none.
    fn no_condition(&self) -> Result<i64, TchError> {
        Err(missing("conditions"))
    }
    /// The entry of parameters at hand.
    fn weights(&self, _of: &Net) -> Result<Tensor, TchError> {
        Err(missing("parameters"))
    }
    /// Classes drawn for the samples of the batch.
    fn drawn_classes(&self, _number: usize) -> Result<Tensor, TchError> {
        Err(missing("drawn classes"))
    }
    /// Numbers for a tensor of this shape; with `fixed` the same in every batch.
    fn drawn(&self, _number: usize, _law: Law, _shape: &[i64], _fixed: bool) -> Result<Tensor, TchError> {
        Err(missing("drawn numbers"))
    }
    /// How far the phase is.
    fn progress(&self) -> f64 {
        0.0
    }
    /// The class that was added.
    fn new_class(&self) -> Result<i64, TchError> {
        Err(missing("an added class"))
    }
    /// How many training samples each class has.
    fn class_count(&self) -> Result<Tensor, TchError> {
        Err(missing("counts of classes"))
    }
    /// By channel: the range of pixels, the darkest and the lightest one, in network input.
    fn pixels(&self) -> Result<[Tensor; 3], TchError> {
        Err(missing("pixels"))
    }
}

/// Numbers drawn from a law, in a shape.
pub(crate) fn numbers(stream: &mut Draw, law: Law, shape: &[i64]) -> Result<Tensor, TchError> {
    let one: fn(&mut Draw) -> f64 = match law {
        Law::Normal => Draw::normal,
        Law::Uniform => Draw::unit,
        Law::Sign => |stream| if stream.unit() < 0.5 { -1.0 } else { 1.0 },
    };
    let values: Vec<f64> = (0..shape.iter().product::<i64>()).map(|_| one(stream)).collect();
    Tensor::from_slice(&values).f_view(shape)
}

fn missing(what: &str) -> TchError {
    TchError::Torch(format!("an expression speaks of {what}, which there are none of here"))
}

/// An expression whose types are known.
pub(crate) struct Prepared<'e> {
    expression: &'e Expression,
    types: Vec<Type>,
    /// What `now` looks at, with what it was when it was taken last.
    taken: RefCell<Vec<(At, Option<f64>)>>,
}

impl<'e> Prepared<'e> {
    pub(crate) fn new(expression: &'e Expression) -> Result<Self, TchError> {
        let nodes = expression.nodes().iter().enumerate();
        let taken = nodes.filter(|(_, n)| matches!(n, Node::Now { .. })).map(|(at, _)| (at, None)).collect();
        let types = expression.types().map_err(TchError::Torch)?;
        Ok(Self { expression, types, taken: RefCell::new(taken) })
    }

    /// Takes the numbers that `now` looks at.
    pub(crate) fn take(
        &self,
        mut number: impl FnMut(Whole, &Expression) -> Result<f64, TchError>,
    ) -> Result<(), TchError> {
        for (at, value) in self.taken.borrow_mut().iter_mut() {
            if let Node::Now { over, of } = &self.expression.nodes()[*at] {
                *value = Some(number(*over, of)?);
            }
        }
        Ok(())
    }

    fn taken(&self, at: At) -> Option<f64> {
        self.taken.borrow().iter().find(|(place, _)| *place == at).and_then(|(_, value)| *value)
    }

    /// Whether gradients by the input are taken.
    pub(crate) fn takes_gradients(&self) -> bool {
        self.expression.any(|n| matches!(n, Node::Gradient { .. }))
    }

    /// Its value: [batch, axes], without the batch where no sample enters it.
    pub(crate) fn value(&self, scene: &dyn Scene) -> Result<Tensor, TchError> {
        let known = RefCell::new(self.types.iter().map(|_| None).collect());
        Evaluation { of: self, scene, known }.value(self.expression.root())
    }

    /// Its value of each sample [b].
    pub(crate) fn of_samples(&self, scene: &dyn Scene) -> Result<Tensor, TchError> {
        let value = self.value(scene)?;
        match value.dim() {
            0 => value.f_expand([scene.labels()?.size()[0]], false),
            _ => Ok(value),
        }
    }
}

/// One evaluation: every node at most once.
struct Evaluation<'e> {
    of: &'e Prepared<'e>,
    scene: &'e dyn Scene,
    known: RefCell<Vec<Option<Tensor>>>,
}

impl Evaluation<'_> {
    fn node(&self, at: At) -> &Node {
        &self.of.expression.nodes()[at]
    }

    fn ty(&self, at: At) -> &Type {
        &self.of.types[at]
    }

    fn value(&self, at: At) -> Result<Tensor, TchError> {
        if let Some(known) = &self.known.borrow()[at] {
            return Ok(known.shallow_clone());
        }
        let mut value = self.compute(at)?;
        if self.is_differentiated(at) && !value.requires_grad() {
            value = value.detach().set_requires_grad(true);
        }
        self.known.borrow_mut()[at] = Some(value.shallow_clone());
        Ok(value)
    }

    /// Whether a gradient by it is taken.
    fn is_differentiated(&self, at: At) -> bool {
        self.of.expression.any(|n| matches!(n, Node::Gradient { by, .. } if *by == at))
    }

    fn options(&self) -> (Kind, Device) {
        (self.scene.kind(), self.scene.device())
    }

    fn compute(&self, at: At) -> Result<Tensor, TchError> {
        let scene = self.scene;
        match self.node(at) {
            Node::Number { value } => Tensor::f_full([0i64; 0], *value, self.options()),
            Node::Image => scene.images(),
            Node::Label => scene.labels(),
            Node::NewClass => scene.labels()?.f_full_like(scene.new_class()?),
            Node::NoCondition => scene.labels()?.f_full_like(scene.no_condition()?),
            Node::Prediction { of, at, time, condition } => {
                let at = self.value(*at)?;
                let time = self.value(*time)?.f_expand([at.size()[0]], false)?;
                let condition = self.value(*condition)?;
                scene.prediction(of, &at, Given { time, condition }, false)
            }
            Node::Time { diffusion, of } => diffusion::time(*diffusion, &self.value(*of)?),
            Node::Noised { diffusion, image, noise, time } => {
                let (image, noise, time) = (self.value(*image)?, self.value(*noise)?, self.value(*time)?);
                diffusion::noised(*diffusion, [&image, &noise], &time)
            }
            Node::Trajectory { of, diffusion, noise, condition, time, steps, guidance } => {
                let noise = self.value(*noise)?;
                let time = self.value(*time)?.f_expand([noise.size()[0]], false)?;
                let condition = self.value(*condition)?;
                let none = condition.f_full_like(scene.no_condition()?)?;
                let way = diffusion::Way { steps: *steps, guidance: *guidance, condition, none };
                tch::no_grad(|| {
                    way.go(*diffusion, noise.detach(), &time, |x, given| scene.prediction(of, x, given, true))
                })
            }
            Node::Target { diffusion, image, noise } => {
                diffusion::target(*diffusion, &self.value(*image)?, &self.value(*noise)?)
            }
            Node::Progress => Tensor::f_full([0i64; 0], scene.progress(), self.options()),
            Node::PixelRange => scene.pixels().map(|[range, _, _]| range),
            Node::Darkest => scene.pixels().map(|[_, darkest, _]| darkest),
            Node::Lightest => scene.pixels().map(|[_, _, lightest]| lightest),
            Node::ClassCount => scene.class_count(),
            Node::Now { .. } => {
                let value = self.of.taken(at).ok_or_else(|| missing("an epoch"))?;
                Tensor::f_full([0i64; 0], value, self.options())
            }
            Node::Output { of, part, at } => {
                let at = at.map(|at| self.value(at)).transpose()?;
                scene.output(of, part, at.as_ref())
            }
            Node::Weights { of } => scene.weights(of),
            Node::Draw { number, law, like, fixed } => {
                let like = self.value(*like)?;
                let shape = like.size();
                let shape =
                    if *fixed { &shape[usize::from(self.ty(at).axes.len() < shape.len())..] } else { &shape };
                scene.drawn(*number, *law, shape, *fixed)
            }
            Node::DrawClass { number, .. } => scene.drawn_classes(*number),
            Node::Variable { .. } => Err(missing("a variable")),
            Node::Maximizer { .. } => self.maximizer(at),
            Node::Unary { f, of } => entrywise::unary(*f, &self.value(*of)?),
            Node::Binary { f, a, b } => self.binary(*f, *a, *b),
            Node::Choose { condition, then, other } => self.choose(at, [*condition, *then, *other]),
            Node::Reduce { f, of, over } => entrywise::reduce(*f, &self.value(*of)?, &self.places(*of, over)),
            Node::Softmax { of, over } => self.value(*of)?.f_softmax(self.place(*of, over), scene.kind()),
            Node::LogSoftmax { of, over } => {
                self.value(*of)?.f_log_softmax(self.place(*of, over), scene.kind())
            }
            Node::Dot { a, b, over } => self.dot(*a, *b, over),
            Node::Divergence { p, log_q } => self.divergence(*p, *log_q),
            Node::Argmax { of } => self.value(*of)?.f_argmax(-1, false),
            Node::Pick { of, class } => self.pick(*of, *class),
            Node::OneHot { class, like } => {
                let classes = self.value(*like)?.size().last().copied().unwrap_or(1);
                let labels = self.value(*class)?;
                let zeros = Tensor::f_zeros([labels.size()[0], classes], self.options())?;
                zeros.f_scatter_value(1, &labels.f_unsqueeze(1)?, 1.0)
            }
            Node::Without { of, class } => {
                let (of, class) = (self.of_each_sample(*of)?, self.value(*class)?);
                of.f_scatter_value(-1, &class.f_unsqueeze(1)?, f64::NEG_INFINITY)
            }
            Node::Script { of, file } => self.script(of, file),
            Node::Stop { of } => Ok(self.value(*of)?.detach()),
            Node::Gradient { of, by } => {
                let (of, by) = (self.value(*of)?, self.value(*by)?);
                Ok(Tensor::f_run_backward(&[&of.f_sum(of.kind())?], &[&by], true, true)?.remove(0))
            }
        }
    }

    /// The place of an axis in a value's tensor, from its end.
    fn place(&self, of: At, axis: &Axis) -> i64 {
        let axes = &self.ty(of).axes;
        axes.iter().position(|a| a == axis).map_or(-1, |at| at as i64 - axes.len() as i64)
    }

    fn places(&self, of: At, axes: &[Axis]) -> Vec<i64> {
        axes.iter().map(|axis| self.place(of, axis)).collect()
    }
}

#[cfg(test)]
mod tests;
