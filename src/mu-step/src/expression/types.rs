//! What operations make of axes.

use std::fmt;

use super::{Axis, Binary, Net, Node, Part};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A number.
    Real,
    /// A class.
    Class,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What its entries are.
    pub sort: Sort,
    /// Whether each sample has its own.
    pub sample: bool,
    /// Its axes, in order.
    pub axes: Vec<Axis>,
}

impl Type {
    fn real(sample: bool, axes: &[Axis]) -> Self {
        Self { sort: Sort::Real, sample, axes: axes.to_vec() }
    }

    fn class() -> Self {
        Self { sort: Sort::Class, sample: true, axes: Vec::new() }
    }

    /// Its only axis.
    #[must_use]
    pub fn only_axis(&self) -> Option<&Axis> {
        match self.axes.as_slice() {
            [axis] => Some(axis),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.sort, self.axes.as_slice()) {
            (Sort::Class, _) => f.write_str("a class"),
            (Sort::Real, []) => f.write_str("a number"),
            (Sort::Real, axes) => {
                let names: Vec<String> = axes.iter().map(|a| format!("`{a}`")).collect();
                write!(f, "a tensor over {}", names.join(", "))
            }
        }
    }
}

/// The type of a node, from the types of those before it.
pub(super) fn of(node: &Node, types: &[Type]) -> Result<Type, String> {
    let image = [Axis::Channel, Axis::Row, Axis::Column];
    let real = |at: &usize| match types[*at].sort {
        Sort::Real => Ok(&types[*at]),
        Sort::Class => Err("a class is no number: compare it, or pick an entry by it".to_owned()),
    };
    let class = |at: &usize| match (types[*at].sort, types[*at].axes.is_empty()) {
        (Sort::Class, true) => Ok(()),
        _ => Err(format!("a class is needed here, this is {}", types[*at])),
    };
    let by_class = |at: &usize| match real(at)?.axes.contains(&Axis::Class) {
        true => Ok(&types[*at]),
        false => Err(format!("this needs the axis `class`, and is taken of {}", types[*at])),
    };
    Ok(match node {
        Node::Number { .. } | Node::Progress | Node::Now { .. } => Type::real(false, &[]),
        Node::Image => Type::real(true, &image),
        Node::Label | Node::NewClass | Node::NoCondition | Node::DrawClass { .. } => Type::class(),
        Node::Prediction { at, time, condition, .. } => {
            if types[*at].axes != image || !types[*at].sample {
                return Err(format!("a denoiser takes an image of each sample, this is {}", types[*at]));
            }
            if !real(time)?.axes.is_empty() {
                return Err(format!("the time is a number of each sample, this is {}", types[*time]));
            }
            class(condition)?;
            Type::real(true, &image)
        }
        Node::Time { of, .. } => match real(of)?.axes.is_empty() {
            true => types[*of].clone(),
            false => return Err(format!("a time is a number of each sample, this is {}", types[*of])),
        },
        Node::Trajectory { noise, condition, time, .. } => {
            if types[*noise].axes != image || !types[*noise].sample {
                return Err(format!(
                    "a trajectory begins with noise like an image, this is {}",
                    types[*noise]
                ));
            }
            if !real(time)?.axes.is_empty() {
                return Err(format!("the time is a number of each sample, this is {}", types[*time]));
            }
            class(condition)?;
            Type::real(true, &image)
        }
        Node::Target { image: x, noise, .. } | Node::Noised { image: x, noise, .. } => {
            for at in [x, noise] {
                if real(at)?.axes != image {
                    return Err(format!("noise is mixed into images, this is {}", types[*at]));
                }
            }
            if let Node::Noised { time, .. } = node
                && !real(time)?.axes.is_empty()
            {
                return Err(format!("the time is a number of each sample, this is {}", types[*time]));
            }
            Type::real(true, &image)
        }
        Node::PixelRange | Node::Darkest | Node::Lightest => Type::real(false, &[Axis::Channel]),
        Node::ClassCount => Type::real(false, &[Axis::Class]),
        Node::Output { of, part, at } => {
            if let Some(at) = at
                && types[*at].axes != image
            {
                return Err(format!("a network takes an image, this is {}", types[*at]));
            }
            let axis = match part {
                Part::Logits => Axis::Class,
                Part::Features { layer } => Axis::Feature(layer.clone()),
            };
            if *of == Net::Beside {
                Type::real(false, &[Axis::Other, axis])
            } else {
                Type::real(true, &[axis])
            }
        }
        Node::Weights { .. } => Type::real(false, &[Axis::Entry]),
        Node::Draw { like, fixed, .. } => {
            Type { sample: !fixed && types[*like].sample, ..real(like)?.clone() }
        }
        Node::Variable { like, .. } => real(like)?.clone(),
        Node::Maximizer { of, over, from, step, within, least, most, .. } => {
            if !real(of)?.axes.is_empty() || !types[*of].sample {
                return Err(format!("`argmax` needs a number of each sample, this is {}", types[*of]));
            }
            for bound in [Some(step), within.as_ref(), least.as_ref(), most.as_ref()].into_iter().flatten() {
                if !real(bound)?.axes.iter().all(|a| types[*from].axes.contains(a)) {
                    return Err(format!(
                        "a bound or step of {} does not fit {}",
                        types[*bound], types[*from]
                    ));
                }
            }
            types[*over].clone()
        }
        Node::Unary { of, .. } => real(of)?.clone(),
        Node::Binary { f: Binary::Equal | Binary::Unequal, a, b }
            if types[*a].sort == Sort::Class && types[*b].sort == Sort::Class =>
        {
            Type::real(true, &[])
        }
        Node::Binary { a, b, .. } => together(real(a)?, real(b)?)?,
        Node::Choose { condition, then, other } => match (types[*then].sort, types[*other].sort) {
            (Sort::Class, Sort::Class) if real(condition)?.axes.is_empty() => Type::class(),
            _ => together(&together(real(then)?, real(other)?)?, real(condition)?)?,
        },
        Node::Reduce { of, over, .. } => {
            let mut found = real(of)?.clone();
            if let Some(stray) = over.iter().find(|a| !found.axes.contains(a)) {
                return Err(format!("{found} has no axis `{stray}`"));
            }
            found.axes.retain(|a| !over.contains(a));
            found
        }
        Node::Softmax { of, over } | Node::LogSoftmax { of, over } => match real(of)?.axes.contains(over) {
            true => types[*of].clone(),
            false => return Err(format!("{} has no axis `{over}`", types[*of])),
        },
        Node::Dot { a, b, over } => {
            let (left, right) = (real(a)?, real(b)?);
            if !left.axes.contains(over) || !right.axes.contains(over) {
                return Err(format!("{left} and {right} have no axis `{over}` in common"));
            }
            let mut found = together(left, right)?;
            found.axes.retain(|a| a != over);
            found
        }
        Node::Divergence { p, log_q } => {
            let mut found = together(by_class(p)?, by_class(log_q)?)?;
            found.axes.retain(|a| *a != Axis::Class);
            found
        }
        Node::Argmax { of } => match by_class(of)?.axes.len() {
            1 => Type::class(),
            _ => return Err(format!("`argmax` takes a tensor over `class`, this is {}", types[*of])),
        },
        Node::Pick { of, class: at } => {
            class(at)?;
            let mut found = by_class(of)?.clone();
            found.axes.retain(|a| *a != Axis::Class);
            Type { sample: true, ..found }
        }
        Node::OneHot { class: at, .. } => {
            class(at)?;
            Type::real(true, &[Axis::Class])
        }
        Node::Without { of, class: at } => {
            class(at)?;
            Type { sample: true, ..by_class(of)?.clone() }
        }
        Node::Stop { of } => types[*of].clone(),
        Node::Gradient { of, by } => {
            if !real(of)?.axes.is_empty() {
                return Err(format!("a gradient is that of a number, this is {}", types[*of]));
            }
            real(by)?.clone()
        }
        Node::Script { of, .. } if of.iter().any(|at| types[*at].sample) => Type::real(true, &[]),
        Node::Script { .. } => {
            return Err(
                "a TorchScript function makes a number of each sample, and none of its values is of a sample"
                    .to_owned(),
            );
        }
    })
}

/// The type of two values entry by entry: the axes of one are those of the other, or some of them.
fn together(a: &Type, b: &Type) -> Result<Type, String> {
    let (wide, narrow) = if a.axes.len() >= b.axes.len() { (a, b) } else { (b, a) };
    if !narrow.axes.iter().all(|axis| wide.axes.contains(axis)) {
        return Err(format!("{a} and {b} do not fit: axes match by name"));
    }
    Ok(Type { sample: a.sample || b.sample, ..wide.clone() })
}
