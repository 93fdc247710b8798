//! What expressions evaluate to.

use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Span, one_line};
use mu_step::expression::{Axis, Expression, Net, Sort, Type};
use mu_step::{ParameterSet, Portion};
use mu_syntax::Number;
use mu_syntax::ast::{Declaration, Kind};

use crate::program::Formula;
use crate::term::Term;
use crate::unit::{Unit, describe_unit};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) data: Data,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Number(Number, Unit),
    Text(String),
    Bool(bool),
    /// A word of an enumeration.
    Word(String),
    List(Vec<Value>),
    Record(Rc<IndexMap<String, Value>>),
    Component(Rc<Component>),
    /// Parts of the training set, summed.
    Sets(Vec<Portion>),
    /// A part of the data that nothing may be trained on.
    HeldOut(&'static str),
    Loss(Vec<Term>),
    /// A number or tensor of each sample.
    Tensor(Rc<Tensor>),
    /// The mean of an expression over so many models that are trained for so many epochs.
    Early(Rc<Tensor>, usize, usize),
    /// A network whose outputs expressions read.
    Network(Net),
    /// A model that a method makes on the side, by number.
    Aside(usize),
    /// A sum or difference of parameter sets.
    Parameters(ParameterSet),
    Formula(Formula),
    /// Layers in a row, with the names of their parameters.
    Chain(Vec<(Option<String>, Value)>),
    /// The value had an error, which was reported.
    Broken,
}

/// A tensor expression and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) of: Expression,
    pub(crate) ty: Type,
    /// The parameters whose entries it is made of.
    pub(crate) parameters: Option<ParameterSet>,
}

/// A declaration with its arguments settled.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) kind: Kind,
    /// The declaration's name.
    pub(crate) name: String,
    /// The outermost name by which it was made: `fast` of `method fast = ft(..)`.
    pub(crate) label: String,
    pub(crate) args: IndexMap<String, Value>,
    /// The arguments that were written, `name: value`, for telling two apart.
    pub(crate) written: Vec<String>,
    /// The names of the arguments that were written.
    pub(crate) given: Vec<String>,
    pub(crate) declaration: Rc<Declaration>,
    pub(crate) module: usize,
    /// The methods that a composed method runs in turn; empty for every other component.
    pub(crate) stages: Vec<Stage>,
}

/// A method of a composition.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) method: Rc<Component>,
    /// The part of the forget set that it is run on.
    pub(crate) on: Option<Rc<Component>>,
    pub(crate) span: Span,
}

impl Tensor {
    /// Whether it can stand in the place of labels: a class, or a number of each.
    pub(crate) fn is_target(&self) -> bool {
        self.ty.sort == Sort::Class || self.ty.axes == [Axis::Class]
    }
}

impl Value {
    pub(crate) fn broken(span: Span) -> Self {
        Self { data: Data::Broken, span }
    }
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.data, Data::Broken)
    }
    pub(crate) fn number(&self) -> Option<f64> {
        let Data::Number(v, _) = self.data else { return None };
        Some(v.real())
    }
    /// The whole number that it is, exactly.
    pub(crate) fn whole(&self) -> Option<i128> {
        let Data::Number(v, _) = self.data else { return None };
        v.whole()
    }
    pub(crate) fn component(&self) -> Option<&Rc<Component>> {
        let Data::Component(c) = &self.data else { return None };
        Some(c)
    }
    /// The word that stands for itself.
    pub(crate) fn word(&self) -> Option<&str> {
        let Data::Word(word) = &self.data else { return None };
        Some(word)
    }
    pub(crate) fn text(&self) -> Option<&str> {
        let Data::Text(text) = &self.data else { return None };
        Some(text)
    }
    pub(crate) fn flag(&self) -> Option<bool> {
        let Data::Bool(flag) = self.data else { return None };
        Some(flag)
    }
    pub(crate) fn list(&self) -> Option<&[Value]> {
        let Data::List(items) = &self.data else { return None };
        Some(items)
    }
    /// How many parts it has, counted up to a limit.
    pub(crate) fn size(&self, limit: usize) -> usize {
        let sum = |parts: &mut dyn Iterator<Item = &Value>| {
            let mut total = 1usize;
            for part in parts {
                if total >= limit {
                    break;
                }
                total += part.size(limit - total);
            }
            total
        };
        match &self.data {
            Data::List(items) => sum(&mut items.iter()),
            Data::Record(members) => sum(&mut members.values()),
            Data::Chain(links) => sum(&mut links.iter().map(|(_, v)| v)),
            Data::Component(c) => sum(&mut c.args.values()),
            Data::Number(..)
            | Data::Text(_)
            | Data::Bool(_)
            | Data::Word(_)
            | Data::Sets(_)
            | Data::HeldOut(_)
            | Data::Loss(_)
            | Data::Tensor(_)
            | Data::Early(..)
            | Data::Network(_)
            | Data::Aside(_)
            | Data::Parameters(_)
            | Data::Formula(_)
            | Data::Broken => 1,
        }
    }
    /// What it is, in the user's words.
    pub(crate) fn what(&self) -> String {
        match &self.data {
            Data::Number(_, unit) => describe_unit(*unit),
            Data::Text(_) => "a string".to_owned(),
            Data::Bool(_) => "true or false".to_owned(),
            Data::Word(word) => format!("the word `{word}`"),
            Data::List(_) => "a list".to_owned(),
            Data::Record(_) => "a record".to_owned(),
            Data::HeldOut(part) => format!("the {part} samples"),
            Data::Component(c) => format!("the {} `{}`", c.kind.word(), c.label),
            Data::Sets(_) => "a set".to_owned(),
            Data::Loss(_) => "a loss".to_owned(),
            Data::Tensor(tensor) => tensor.ty.to_string(),
            Data::Early(..) => "a mean over models".to_owned(),
            Data::Network(net) => format!("the network `{}`", net.to_string().trim_end_matches('.')),
            Data::Aside(_) => "a model made on the side".to_owned(),
            Data::Parameters(_) => "a set of parameters".to_owned(),
            Data::Formula(_) => "a metric".to_owned(),
            Data::Chain(_) => "a chain of layers".to_owned(),
            Data::Broken => "a broken value".to_owned(),
        }
    }
}

/// The value as it would be written, on one line and without control characters: axis labels are made of this.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.data {
            Data::Number(v, unit) => write!(f, "{v}{}", unit.suffix()),
            Data::Text(text) => f.write_str(&one_line(text)),
            Data::Bool(b) => write!(f, "{b}"),
            Data::Word(word) => write!(f, "{word}"),
            Data::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Data::Record(members) => {
                let members: Vec<String> = members.iter().map(|(n, v)| format!("{n} = {v}")).collect();
                write!(f, "{{ {} }}", members.join(", "))
            }
            Data::Component(c) => write!(f, "{}", c.label),
            Data::Tensor(tensor) => write!(f, "{}", tensor.of),
            Data::Sets(_)
            | Data::HeldOut(_)
            | Data::Loss(_)
            | Data::Early(..)
            | Data::Network(_)
            | Data::Aside(_)
            | Data::Parameters(_)
            | Data::Formula(_)
            | Data::Chain(_)
            | Data::Broken => write!(f, "…"),
        }
    }
}

impl Component {
    pub(crate) fn arg(&self, name: &str) -> Option<&Value> {
        self.args.get(name).filter(|v| !v.is_broken())
    }
    pub(crate) fn real(&self, name: &str) -> Option<f64> {
        self.arg(name)?.number()
    }
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        i64::try_from(self.arg(name)?.whole()?).ok()
    }
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        self.arg(name)?.word()
    }
    pub(crate) fn part(&self, name: &str) -> Option<&Rc<Component>> {
        self.arg(name)?.component()
    }
    /// Its name with the arguments that were written, to tell two of one name apart.
    pub(crate) fn full_label(&self) -> String {
        if self.written.is_empty() {
            self.label.clone()
        } else {
            format!("{}({})", self.label, self.written.join(", "))
        }
    }
}
