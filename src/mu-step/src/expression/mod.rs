//! Tensor expressions: what a loss, a score or a metric computes of one sample, as data. A value is a number or a tensor over named axes.

mod axis;
mod node;
#[allow(clippy::wildcard_enum_match_arm, reason = "writes text")]
mod text;
mod types;
mod words;

pub use axis::Axis;
pub use node::{At, Binary, By, Expression, FunctionFile, Law, Net, Node, Part, Reduce, Unary, Whole};
pub use types::{Sort, Type};
pub use words::{FUNCTIONS, VALUES, Word};

use crate::Diffusion;

impl Expression {
    /// A value that is made of no other.
    #[must_use]
    pub fn leaf(node: Node) -> Self {
        Self { nodes: vec![node] }
    }

    /// A number.
    #[must_use]
    pub fn number(value: f64) -> Self {
        Self::leaf(Node::Number { value })
    }

    /// A value made of others; `make` is given their places.
    #[must_use]
    pub fn of<const N: usize>(operands: [&Expression; N], make: impl FnOnce([At; N]) -> Node) -> Self {
        Self::of_all(&operands, |places| {
            let mut all = [0; N];
            all.copy_from_slice(places);
            make(all)
        })
    }

    /// The same of any number of others.
    #[must_use]
    pub fn of_all(operands: &[&Expression], make: impl FnOnce(&[At]) -> Node) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut place = |operand: &Expression| {
            let mut moved: Vec<At> = Vec::with_capacity(operand.nodes.len());
            for node in &operand.nodes {
                let node = node.clone().map(|at| moved[at]);
                moved.push(nodes.iter().position(|n| *n == node).unwrap_or_else(|| {
                    nodes.push(node);
                    nodes.len() - 1
                }));
            }
            moved.last().copied().unwrap_or(0)
        };
        let places: Vec<At> = operands.iter().map(|operand| place(operand)).collect();
        nodes.push(make(&places));
        Self { nodes }
    }

    /// The value of one of its nodes.
    #[must_use]
    pub fn part(&self, at: At) -> Self {
        let mut moved: Vec<Option<At>> = vec![None; at + 1];
        let mut nodes = Vec::new();
        for (place, node) in self.nodes.iter().enumerate().take(at + 1) {
            if self.depends(at, place) {
                nodes.push(node.clone().map(|at| moved[at].unwrap_or(0)));
                moved[place] = Some(nodes.len() - 1);
            }
        }
        Self { nodes }
    }

    /// The nodes in order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The place of its value.
    #[must_use]
    pub fn root(&self) -> At {
        self.nodes.len().saturating_sub(1)
    }

    /// The number that it is, whatever the sample.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        match self.nodes.as_slice() {
            [Node::Number { value }] => Some(*value),
            _ => None,
        }
    }

    /// The type of every node; in words why there is none, where an operation does not fit its operands.
    ///
    /// # Errors
    /// The first misfit.
    pub fn types(&self) -> Result<Vec<Type>, String> {
        let mut types: Vec<Type> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let found = types::of(node, &types)?;
            types.push(found);
        }
        Ok(types)
    }

    /// Numbers its draws and variables anew: equal texts then have equal expressions. `known` are the numbers given so far.
    pub fn renumber(&mut self, known: &mut Vec<usize>) {
        let mut anew = |number: &mut usize| {
            *number = known.iter().position(|k| k == number).unwrap_or_else(|| {
                known.push(*number);
                known.len() - 1
            });
        };
        for node in &mut self.nodes {
            if let Node::Draw { number, .. }
            | Node::DrawClass { number, .. }
            | Node::Variable { number, .. } = node
            {
                anew(number);
            }
        }
    }

    /// Whether it is made of logits at the samples themselves, and of labels.
    #[must_use]
    pub fn reads_outputs_only(&self) -> bool {
        !self.any(|node| match node {
            Node::Output { part, at, .. } => *part != Part::Logits || at.is_some(),
            Node::Image
            | Node::PixelRange
            | Node::Darkest
            | Node::Lightest
            | Node::Prediction { .. }
            | Node::NoCondition
            | Node::Time { .. }
            | Node::Noised { .. }
            | Node::Trajectory { .. }
            | Node::Target { .. }
            | Node::Weights { .. }
            | Node::Gradient { .. }
            | Node::Variable { .. }
            | Node::Maximizer { .. } => true,
            Node::Number { .. }
            | Node::Label
            | Node::NewClass
            | Node::Progress
            | Node::ClassCount
            | Node::Now { .. }
            | Node::Draw { .. }
            | Node::DrawClass { .. }
            | Node::Unary { .. }
            | Node::Binary { .. }
            | Node::Choose { .. }
            | Node::Reduce { .. }
            | Node::Softmax { .. }
            | Node::LogSoftmax { .. }
            | Node::Dot { .. }
            | Node::Divergence { .. }
            | Node::Argmax { .. }
            | Node::Pick { .. }
            | Node::OneHot { .. }
            | Node::Without { .. }
            | Node::Script { .. }
            | Node::Stop { .. } => false,
        })
    }

    /// Whether its value moves with the student's weights.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.moves_at(self.root())
    }

    fn moves_at(&self, at: At) -> bool {
        let node = &self.nodes[at];
        let own = matches!(
            node,
            Node::Output { of: Net::Own, .. }
                | Node::Prediction { of: Net::Own, .. }
                | Node::Weights { of: Net::Own }
        );
        own || self.passed(at).into_iter().any(|at| self.moves_at(at))
    }

    /// Whether a gradient flows from a node to another.
    fn flows(&self, at: At, to: At) -> bool {
        at == to || self.passed(at).into_iter().any(|at| at >= to && self.flows(at, to))
    }

    /// The operands of a node through which gradients flow.
    fn passed(&self, at: At) -> Vec<At> {
        let node = &self.nodes[at];
        // Their gradient is 0 or none.
        let stands = matches!(
            node,
            Node::Stop { .. }
                | Node::Trajectory { .. }
                | Node::Argmax { .. }
                | Node::OneHot { .. }
                | Node::Maximizer { .. }
                | Node::Draw { .. }
                | Node::Unary { f: Unary::Sign, .. }
                | Node::Binary {
                    f: Binary::Equal
                        | Binary::Unequal
                        | Binary::Above
                        | Binary::AtLeast
                        | Binary::Below
                        | Binary::AtMost,
                    ..
                }
        );
        if let Node::Choose { then, other, .. } = node {
            return vec![*then, *other];
        }
        if stands { Vec::new() } else { node.operands() }
    }

    /// The diffusions that it speaks of.
    pub fn diffusions(&self) -> impl Iterator<Item = Diffusion> {
        self.nodes.iter().filter_map(|node| {
            if let Node::Time { diffusion, .. }
            | Node::Noised { diffusion, .. }
            | Node::Trajectory { diffusion, .. }
            | Node::Target { diffusion, .. } = node
            {
                Some(*diffusion)
            } else {
                None
            }
        })
    }

    /// Whether it speaks of a denoiser.
    #[must_use]
    pub fn denoises(&self) -> bool {
        self.any(|node| matches!(node, Node::Prediction { .. } | Node::Trajectory { .. } | Node::NoCondition))
    }

    /// Whether it trains what the student makes under no condition.
    #[must_use]
    pub fn drops_condition(&self) -> bool {
        let trains = |(place, node): (At, &Node)| {
            matches!(node, Node::Prediction { of: Net::Own, condition, .. }
                if self.is_none(*condition) && self.flows(self.root(), place))
        };
        self.nodes.iter().enumerate().any(trains)
    }

    /// Whether it takes what a denoiser makes under no condition as it is, and trains nothing there.
    #[must_use]
    pub fn trusts_no_condition(&self) -> bool {
        let trusts = |(place, node): (At, &Node)| {
            if let Node::Prediction { of, condition, .. } = node {
                self.is_none(*condition) && !(*of == Net::Own && self.flows(self.root(), place))
            } else if let Node::Trajectory { condition, guidance, .. } = node {
                *guidance != 1.0 || self.is_none(*condition)
            } else {
                false
            }
        };
        self.nodes.iter().enumerate().any(trusts)
    }

    /// Whether a condition may be none.
    fn is_none(&self, at: At) -> bool {
        self.nodes.iter().enumerate().any(|(place, n)| *n == Node::NoCondition && self.depends(at, place))
    }

    /// Whether it reads what a classifier makes of an image.
    #[must_use]
    pub fn classifies(&self) -> bool {
        self.any(|node| {
            let within = if let Node::Now { of, .. } = node { of.classifies() } else { false };
            within || matches!(node, Node::Output { .. } | Node::NewClass)
        })
    }

    /// Whether any node is such.
    pub fn any(&self, wanted: impl FnMut(&Node) -> bool) -> bool {
        self.nodes.iter().any(wanted)
    }

    /// The networks whose outputs it reads, each once.
    #[must_use]
    pub fn networks(&self) -> Vec<Net> {
        let mut found: Vec<Net> = Vec::new();
        for node in &self.nodes {
            let read = if let Node::Output { of, .. }
            | Node::Prediction { of, .. }
            | Node::Trajectory { of, .. }
            | Node::Weights { of } = node
            {
                vec![of.clone()]
            } else if let Node::Now { of, .. } = node {
                of.networks()
            } else {
                Vec::new()
            };
            for of in read {
                if !found.contains(&of) {
                    found.push(of);
                }
            }
        }
        found
    }

    /// The TorchScript functions that it calls.
    #[must_use]
    pub fn functions(&self) -> Vec<&FunctionFile> {
        let mut found = Vec::new();
        for node in &self.nodes {
            if let Node::Script { file, .. } = node {
                found.push(file);
            } else if let Node::Now { of, .. } = node {
                found.extend(of.functions());
            }
        }
        found
    }

    /// Forward passes for one sample beside the one that makes the outputs of the student at its image: (of the student, of frozen
    /// networks). A gradient by the input costs as much as two more.
    #[must_use]
    pub fn passes(&self) -> (f64, f64) {
        let (mut own, mut frozen) = (0.0, 0.0);
        let mut seen: Vec<(&Net, Option<At>)> = Vec::new();
        for (place, node) in self.nodes.iter().enumerate() {
            if let Node::Gradient { .. } = node {
                own += 2.0;
            }
            let times = || -> f64 { self.nodes.iter().map(|n| self.repeats(n, place)).product() };
            if let Node::Trajectory { steps, guidance, .. } = node {
                frozen += times() * (*steps * if *guidance == 1.0 { 1 } else { 2 }) as f64;
            }
            if let Node::Prediction { of, .. } = node {
                // Without a gradient it costs as much as a frozen network's.
                if *of == Net::Own && self.flows(self.root(), place) {
                    own += times();
                } else {
                    frozen += times();
                }
            }
            let Node::Output { of, at, .. } = node else { continue };
            if seen.contains(&(of, *at)) {
                continue;
            }
            seen.push((of, *at));
            let times = times();
            match of {
                Net::Own if at.is_none() => {}
                Net::Own => own += times,
                Net::Beside => {}
                Net::Original | Net::Scratch | Net::Average { .. } | Net::Aside { .. } | Net::Reference => {
                    frozen += times;
                }
            }
        }
        (own, frozen)
    }

    /// Forward passes for one sample where nothing is differentiated: that of the student, and those beside it.
    #[must_use]
    pub fn looks(&self) -> f64 {
        let (own, frozen) = self.passes();
        1.0 + own + frozen
    }

    /// How often a node is computed because of another one: once a step, where a maximizer's value is made of it.
    fn repeats(&self, because: &Node, node: At) -> f64 {
        let Node::Maximizer { of, over, steps, .. } = because else { return 1.0 };
        // Up and down again.
        if self.depends(*of, node) && self.depends(node, *over) { 3.0 * *steps as f64 } else { 1.0 }
    }

    /// Whether a node is made of another.
    #[must_use]
    pub fn depends(&self, node: At, on: At) -> bool {
        node == on || self.nodes[node].operands().into_iter().any(|at| at >= on && self.depends(at, on))
    }

    /// Cross-entropy of the student's outputs against the samples' own labels.
    #[must_use]
    pub fn cross_entropy() -> Self {
        let logits = Self::leaf(Node::Output { of: Net::Own, part: Part::Logits, at: None });
        let log_p = Self::of([&logits], |[of]| Node::LogSoftmax { of, over: Axis::Class });
        let label = Self::leaf(Node::Label);
        let own = Self::of([&log_p, &label], |[of, class]| Node::Pick { of, class });
        Self::of([&own], |[of]| Node::Unary { f: Unary::Negate, of })
    }
}

#[cfg(test)]
mod tests;
