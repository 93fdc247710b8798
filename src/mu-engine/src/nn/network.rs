//! A network: a layer graph with its weights.

use std::cell::{Cell, RefCell};

use mu_step::expression::Part;
use mu_step::{Init, Layer, LayerGraph, LayerNode, Script, Task};
use tch::{TchError, Tensor};

use super::block::Folded;
use super::init::{self, channels_last};
use super::pass::{Given, Pass};
use crate::artefact::Tensors;
use crate::draw::Draws;

/// A network: its layers, and its parameters and running statistics by torchvision's names.
pub(crate) struct Network<'g> {
    pub(super) graph: &'g LayerGraph,
    pub(crate) tensors: Tensors,
    /// The random numbers of dropout.
    pub(super) noise: Draws,
    /// How many masks of dropout were drawn.
    pub(super) dropped: Cell<usize>,
    /// Whether it computes in bfloat16.
    pub(super) reduced: bool,
    /// Whether our own kernels serve, where they can.
    pub(super) fast: bool,
    /// Its convolutions for evaluation, where they were folded.
    pub(super) folded: Folded,
    /// Layers whose outputs are kept in the forward pass that runs.
    pub(super) kept: RefCell<Vec<(String, Option<Tensor>)>>,
    /// `fast` and `reduced` before it was run plainly.
    pub(super) before: Option<(bool, bool)>,
}

/// What of a forward pass is kept.
enum Kept {
    /// What goes into a layer of the outermost chain.
    Before(usize),
    /// What a layer makes.
    After(String),
}

impl Kept {
    fn name(&self) -> Option<String> {
        match self {
            Kept::After(name) => Some(name.clone()),
            Kept::Before(_) => None,
        }
    }

    fn before(&self) -> Option<usize> {
        match self {
            Kept::Before(at) => Some(*at),
            Kept::After(_) => None,
        }
    }
}

const NO_NOISE: Draws = Draws { seed: 0, stage: "dropout" };

impl<'g> Network<'g> {
    pub(super) fn of(graph: &'g LayerGraph, tensors: Tensors) -> Self {
        let fast = mu_kernels::are_used() && tensors.values().all(|t| t.device() == tch::Device::Cpu);
        let folded = Folded::new();
        Self {
            graph,
            tensors,
            noise: NO_NOISE,
            dropped: Cell::new(0),
            reduced: false,
            fast,
            folded,
            kept: RefCell::default(),
            before: None,
        }
    }

    /// Where dropout draws from; its masks are numbered anew.
    pub(crate) fn draw_from(&mut self, draws: Draws) {
        self.noise = draws;
        self.dropped.set(0);
    }

    /// Brings the weights into the layout that networks begin with: what changed them may have chosen another, and sums
    /// depend on it.
    pub(crate) fn settle(&mut self) -> Result<(), TchError> {
        for tensor in self.tensors.values_mut() {
            *tensor = channels_last(tensor.detach())?;
        }
        Ok(())
    }

    /// Whether random numbers are drawn in a forward pass, or may be: a TorchScript module's own.
    pub(crate) fn draws(&self) -> bool {
        fn any(nodes: &[LayerNode]) -> bool {
            let draws = |layer: &Layer| match layer {
                Layer::Dropout { share, .. } => *share > 0.0,
                Layer::Script(_) => true,
                layer => layer.branches().into_iter().any(any),
            };
            nodes.iter().any(|node| draws(&node.layer))
        }
        any(&self.graph.nodes)
    }

    /// How many masks of dropout were drawn.
    pub(crate) fn drawn(&self) -> usize {
        self.dropped.get()
    }

    /// Goes on as after so many masks.
    pub(crate) fn set_drawn(&self, count: usize) {
        self.dropped.set(count);
    }

    /// A fresh initialisation.
    pub(crate) fn fresh(graph: &'g LayerGraph, draws: Draws, device: tch::Device) -> Result<Self, TchError> {
        let mut tensors = Tensors::new();
        for node in graph.parametric() {
            tensors.extend(init::tensors(node, &node.tensors(), draws, device)?);
        }
        Ok(Self::of(graph, tensors))
    }

    /// With given weights; the name of the first tensor that does not fit, where one does not.
    pub(crate) fn with(graph: &'g LayerGraph, weights: &Tensors) -> Result<Self, String> {
        let mut tensors = Tensors::new();
        for node in graph.parametric() {
            for decl in node.tensors() {
                let fits = |t: &&Tensor| t.size() == decl.shape;
                let tensor = weights.get(&decl.name).filter(fits).ok_or(&decl.name)?;
                let own = channels_last(tensor.detach().copy()).map_err(|_| decl.name.clone())?;
                tensors.insert(decl.name, own);
            }
        }
        Ok(Self::of(graph, tensors))
    }

    /// Puts weights into their places; the name of the first that does not fit, where one does not.
    pub(crate) fn put(&mut self, weights: &Tensors) -> Result<(), String> {
        for (name, tensor) in weights {
            let place = self.tensors.get_mut(name).filter(|have| have.size() == tensor.size());
            let place = place.ok_or_else(|| name.clone())?;
            *place = channels_last(tensor.detach().copy()).map_err(|_| name.clone())?;
        }
        Ok(())
    }

    /// The same layers with copies of the weights, which no gradient reaches.
    pub(crate) fn frozen(&self) -> Self {
        let tensors = self.tensors.iter().map(|(n, t)| (n.clone(), t.detach().copy())).collect();
        Self { reduced: self.reduced, fast: self.fast, ..Self::of(self.graph, tensors) }
    }

    pub(crate) fn graph(&self) -> &'g LayerGraph {
        self.graph
    }

    pub(crate) fn device(&self) -> tch::Device {
        self.tensors.values().next().map_or(tch::Device::Cpu, Tensor::device)
    }

    /// The element type of weights, and of what it makes.
    pub(crate) fn kind(&self) -> tch::Kind {
        self.tensors.values().next().map_or(tch::Kind::Float, Tensor::kind)
    }

    /// A fresh initialisation of every tensor of a layer that the predicate names.
    pub(crate) fn reinit(&mut self, wanted: impl Fn(&str) -> bool, draws: Draws) -> Result<(), TchError> {
        let (device, kind) = (self.device(), self.kind());
        for node in self.graph.parametric() {
            for part in node.parts().iter().filter(|p| p.tensors.iter().any(|t| wanted(&t.name))) {
                for (name, tensor) in init::tensors(node, &part.tensors, draws, device)? {
                    self.tensors.insert(name, tensor.f_to_kind(kind)?);
                }
            }
        }
        Ok(())
    }

    /// Adds an output unit to the last linear layer, drawn as a fresh layer's.
    pub(crate) fn add_class(&mut self, draws: Draws) -> Result<(), TchError> {
        let (device, kind) = (self.device(), self.kind());
        let Some(last) = self.last_linear() else {
            let message = "`add class` needs a `linear` layer of the model's own: a TorchScript module keeps its outputs";
            return Err(TchError::Torch(message.to_owned()));
        };
        let Layer::Linear { inputs, bias, .. } = last.layer else { return Ok(()) };
        let layer =
            Layer::Linear { inputs, outputs: 1, weight: Init::FanIn, bias: bias.map(|_| Init::FanIn) };
        let one = LayerNode { name: last.name.clone(), layer };
        for (name, row) in init::tensors(&one, &one.tensors(), draws, device)? {
            let whole = Tensor::f_cat(&[&self.tensors[&name], &row.f_to_kind(kind)?], 0)?;
            self.tensors.insert(name, whole.detach());
        }
        Ok(())
    }

    /// Takes the added unit away again.
    pub(crate) fn drop_class(&mut self) -> Result<(), TchError> {
        let Some(last) = self.last_linear() else { return Ok(()) };
        for decl in last.tensors() {
            let kept = self.tensors[&decl.name].f_narrow(0, 0, decl.shape[0])?.f_contiguous()?;
            self.tensors.insert(decl.name, kept.detach());
        }
        Ok(())
    }

    /// Whether there is an added unit.
    pub(crate) fn has_added_class(&self) -> bool {
        let decl = self.last_linear().and_then(|last| last.tensors().into_iter().next());
        decl.is_some_and(|decl| self.tensors[&decl.name].size().first() > decl.shape.first())
    }

    fn last_linear(&self) -> Option<&'g LayerNode> {
        self.graph.parametric().into_iter().rev().find(|n| matches!(n.layer, Layer::Linear { .. }))
    }

    /// Logits [b, classes] of images [b, c, h, w].
    pub(crate) fn forward(&self, images: &Tensor, training: bool) -> Result<Tensor, TchError> {
        self.run(images, &Pass::new(training, None))
    }

    /// What a denoiser makes of images [b, c, h, w], of the times and conditions that it is given with them: as many images.
    pub(crate) fn predict(&self, at: &Tensor, given: &Given, training: bool) -> Result<Tensor, TchError> {
        self.run(at, &Pass::new(training, Some(given)))
    }

    /// Logits, and what layers make on the way: the output of the last layer of a name, or of what is below it; without a name what the
    /// last linear layer sees. Each is [b, features].
    pub(crate) fn forward_with(
        &self,
        images: &Tensor,
        training: bool,
        parts: &[Part],
    ) -> Result<(Tensor, Vec<Tensor>), TchError> {
        let mut places = Vec::new();
        for part in parts {
            places.push(match part {
                Part::Features { layer: Some(layer) } => Kept::After(self.last_of(layer)?),
                Part::Features { layer: None } => Kept::Before(self.head()),
                Part::Logits => Kept::Before(self.graph.nodes.len()),
            });
        }
        *self.kept.borrow_mut() = places.iter().filter_map(Kept::name).map(|n| (n, None)).collect();
        let pass = &Pass::new(training, None);
        let (mut x, mut found) = (images.f_to_kind(self.computes_in())?, Vec::new());
        let mut befores: Vec<usize> = places.iter().filter_map(Kept::before).collect();
        befores.sort_unstable();
        befores.dedup();
        let mut at = 0;
        let mut before = Vec::new();
        for stop in befores {
            x = self.chain(&self.graph.nodes[at..stop], &x, pass)?;
            before.push((stop, x.shallow_clone()));
            at = stop;
        }
        let logits = self.chain(&self.graph.nodes[at..], &x, pass)?;
        let kept = self.kept.take();
        for place in &places {
            let made = match place {
                Kept::Before(stop) => before.iter().find(|(s, _)| s == stop).map(|(_, x)| x.shallow_clone()),
                Kept::After(name) => kept
                    .iter()
                    .find(|(n, _)| n == name)
                    .and_then(|(_, x)| x.as_ref())
                    .map(Tensor::shallow_clone),
            };
            let made = made.ok_or_else(|| TchError::Torch("a layer made nothing".to_owned()))?;
            found.push(made.f_flatten(1, -1)?.f_to_kind(self.kind())?);
        }
        Ok((logits.f_to_kind(self.kind())?, found))
    }

    /// One part of what it makes of images.
    pub(crate) fn output(&self, part: &Part, images: &Tensor, training: bool) -> Result<Tensor, TchError> {
        match part {
            Part::Logits => self.forward(images, training),
            Part::Features { .. } => {
                let (_, mut found) = self.forward_with(images, training, std::slice::from_ref(part))?;
                found.pop().ok_or_else(|| TchError::Torch("a layer made nothing".to_owned()))
            }
        }
    }

    /// What the last linear layer sees of images: [b, features], in evaluation mode.
    pub(crate) fn features(&self, images: &Tensor) -> Result<Tensor, TchError> {
        self.output(&Part::Features { layer: None }, images, false)
    }

    /// Where the last linear layer stands.
    fn head(&self) -> usize {
        let last = self.graph.nodes.iter().rposition(|n| matches!(n.layer, Layer::Linear { .. }));
        last.unwrap_or(self.graph.nodes.len())
    }

    /// The name of the last layer that is called so, or that lies below what is.
    fn last_of(&self, layer: &str) -> Result<String, TchError> {
        let below = format!("{layer}.");
        let names: Vec<&str> = self.graph.named().into_iter().map(|n| n.name.as_str()).collect();
        let found = names.iter().rev().find(|n| **n == layer || n.starts_with(&below));
        found.map(|n| (*n).to_owned()).ok_or_else(|| {
            TchError::Torch(format!("the model has no layer `{layer}`; it has {}", names.join(", ")))
        })
    }

    /// Runs by operations whose gradients have gradients, in the element type of the weights; or as it did before.
    pub(crate) fn run_plainly(&mut self, on: bool) {
        match (on, self.before.take()) {
            (true, None) => {
                self.before = Some((self.fast, self.reduced));
                (self.fast, self.reduced) = (false, false);
            }
            (true, before) => self.before = before,
            (false, Some((fast, reduced))) => (self.fast, self.reduced) = (fast, reduced),
            (false, None) => {}
        }
    }

    fn run(&self, images: &Tensor, pass: &Pass) -> Result<Tensor, TchError> {
        self.chain(&self.graph.nodes, &images.f_to_kind(self.computes_in())?, pass)?.f_to_kind(self.kind())
    }

    pub(super) fn tensor(&self, node: &LayerNode, part: &str) -> &Tensor {
        &self.tensors[&node.tensor_name(part)]
    }

    /// Numbers are zero with probability `share`, the others divided by 1 − share; or so whole samples. The masks are drawn
    /// on the host, by how many there were before.
    pub(super) fn dropout(&self, x: &Tensor, share: f64, whole: bool) -> Result<Tensor, TchError> {
        let mut shape = x.size();
        if whole {
            shape.iter_mut().skip(1).for_each(|side| *side = 1);
        }
        let mut stream = self.noise.stream("dropout", self.dropped.replace(self.dropped.get() + 1));
        let kept = (1.0 / (1.0 - share)) as f32;
        let mask: Vec<f32> = (0..shape.iter().product::<i64>())
            .map(|_| if stream.unit() < share { 0.0 } else { kept })
            .collect();
        let mask = Tensor::from_slice(&mask).f_view(shape.as_slice())?.f_to_kind(x.kind())?;
        x.f_mul(&mask.f_to_device(x.device())?)
    }
}

impl Network<'_> {
    /// Number of classes; an added unit is none. Of a denoiser, the number of its conditions.
    pub(crate) fn classes(&self) -> usize {
        if self.graph.task() == Task::Denoise {
            return self.graph.conditions() as usize;
        }
        match self.graph.nodes.iter().rev().find(|n| n.layer.is_parametric()).map(|n| &n.layer) {
            Some(Layer::Linear { outputs, .. } | Layer::Script(Script { outputs, .. })) => *outputs as usize,
            _ => self.last_linear().map_or(1, |n| n.tensors()[0].shape[0] as usize),
        }
    }
}
