//! The tree of a file, with the place of everything.

use std::rc::Rc;

use mu_diag::Span;

use crate::Number;

/// A word and its place.
#[derive(Clone, Debug)]
pub struct Name {
    /// The word; a path keeps its dots.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// `mu 1`.
    pub edition: Option<(f64, Span)>,
    /// Its items, in order.
    pub items: Vec<Item>,
}

/// An item.
#[derive(Clone, Debug)]
pub enum Item {
    /// `use "path" as name`
    Use(Use),
    /// `let name(params) = value`
    Let(Rc<Let>),
    /// `claim "text" { condition }`
    Claim(Claim),
    /// Everything that starts with a kind.
    Declaration(Rc<Declaration>),
}

/// `claim "text" { condition }`
#[derive(Clone, Debug)]
pub struct Claim {
    /// What is claimed, in words.
    pub text: Name,
    /// When it holds.
    pub condition: Expr,
    /// Its place.
    pub span: Span,
}

/// `use "path" as name`
#[derive(Clone, Debug)]
pub struct Use {
    /// The path, unquoted.
    pub path: Name,
    /// The name it gets here.
    pub alias: Option<Name>,
}

/// `let name(params) = value`
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// Its parameters; none for a plain value.
    pub params: Vec<Param>,
    /// What it stands for.
    pub value: Expr,
    /// The `///` lines above it.
    pub docs: String,
}

/// The kinds of things a file can declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words of the language")]
pub enum Kind {
    Dataset,
    Model,
    Method,
    Selection,
    Metric,
    Experiment,
    Table,
    Figure,
    Recipe,
    Optimizer,
    Schedule,
    Source,
    Augmentation,
    Normalization,
    Layer,
    Loss,
    Parameters,
    Labels,
    Images,
    Teacher,
    Score,
    Importance,
    Kept,
    Groups,
    Surgery,
    Init,
    Diffusion,
    Sampler,
    Judge,
}

impl Kind {
    /// Every kind with its keyword.
    pub const ALL: &[(Kind, &str)] = &[
        (Kind::Dataset, "dataset"),
        (Kind::Model, "model"),
        (Kind::Method, "method"),
        (Kind::Selection, "selection"),
        (Kind::Metric, "metric"),
        (Kind::Experiment, "experiment"),
        (Kind::Table, "table"),
        (Kind::Figure, "figure"),
        (Kind::Recipe, "recipe"),
        (Kind::Optimizer, "optimizer"),
        (Kind::Schedule, "schedule"),
        (Kind::Source, "source"),
        (Kind::Augmentation, "augmentation"),
        (Kind::Normalization, "normalization"),
        (Kind::Layer, "layer"),
        (Kind::Loss, "loss"),
        (Kind::Parameters, "parameters"),
        (Kind::Labels, "labels"),
        (Kind::Images, "images"),
        (Kind::Teacher, "teacher"),
        (Kind::Score, "score"),
        (Kind::Importance, "importance"),
        (Kind::Kept, "kept"),
        (Kind::Groups, "groups"),
        (Kind::Surgery, "surgery"),
        (Kind::Init, "init"),
        (Kind::Diffusion, "diffusion"),
        (Kind::Sampler, "sampler"),
        (Kind::Judge, "judge"),
    ];
    /// The keyword.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(k, _)| *k == self).map_or("declaration", |(_, w)| w)
    }
    /// The kind of a keyword.
    #[must_use]
    pub fn of(word: &str) -> Option<Kind> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(k, _)| *k)
    }
}

/// `kind name(params): type body`
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it declares.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The type of its result, for metrics.
    pub result: Option<Type>,
    /// A metric's best value.
    pub towards: Option<Expr>,
    /// Its body.
    pub body: Body,
    /// The `///` lines above it.
    pub docs: String,
    /// All of it.
    pub span: Span,
}

/// A declaration's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// A kernel of the engine does the work.
    Builtin,
    /// `= value`
    Value(Expr),
    /// `{ name = value … }`
    Fields(Block),
    /// `= other with { name = value … }`
    Derived(Name, Block),
    /// A method's statements.
    Method(Vec<Statement>),
    /// A model's layers.
    Model(Vec<Let>, Vec<Vec<Link>>),
}

/// The inside of `{ name = value … }`.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What could be read.
    pub fields: Vec<Field>,
    /// `tune path over values { … }`
    pub tunes: Vec<Tune>,
    /// `zip(a, b)`
    pub zips: Vec<(Vec<Name>, Span)>,
    /// `except { condition }`
    pub excepts: Vec<Expr>,
    /// `limit unlearn.samples <= 20% of retrain`
    pub limits: Vec<Limit>,
    /// Whether something could not be read.
    pub damaged: bool,
}

/// `limit unlearn.samples <= 20% of retrain`
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is limited.
    pub what: Name,
    /// `<=`, or what was written in its place.
    pub sign: String,
    /// By how much.
    pub most: Expr,
    /// Of which method's.
    pub of: Option<Name>,
    /// Its place.
    pub span: Span,
}

/// `tune path over values { … }`
#[derive(Clone, Debug)]
pub struct Tune {
    /// The parameter: `unlearn.lr`.
    pub what: Name,
    /// Its candidates.
    pub over: Expr,
    /// Where and by what.
    pub block: Block,
    /// Its place.
    pub span: Span,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type, when written.
    pub ty: Option<Type>,
    /// The published range.
    pub usual: Option<Range>,
    /// Its default, when it has one.
    pub default: Option<Expr>,
    /// The `///` lines above it.
    pub docs: String,
}

/// A type: alternatives, and a range for the numbers among them.
#[derive(Clone, Debug)]
pub struct Type {
    /// The alternatives.
    pub atoms: Vec<TypeAtom>,
    /// `in a..b`, `> a`, …
    pub range: Option<Range>,
    /// Its place.
    pub span: Span,
}

/// One alternative of a type.
#[derive(Clone, Debug)]
pub enum TypeAtom {
    /// A type's name, or a word that stands for itself.
    Name(Name),
    /// `[type]`
    List(Box<Type>),
    /// `{ name: type, … }`
    Record(Vec<(Name, Type)>, Span),
}

/// The range of a number, in the number's own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least value.
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub low_open: bool,
    /// The greatest value.
    pub high: f64,
    /// Whether `high` itself is allowed.
    pub high_open: bool,
}

/// `name = value` or `name = value over axis`
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// The axis of an aggregate.
    pub over: Option<Name>,
}

/// A method's statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `start from original`; `drawn anew` for other random numbers than another run on the same seed.
    Start(Expr, bool, Span),
    /// `update only last(k)`
    Update(Expr, Span),
    /// `slow convs to 0.1`
    Slow(Expr, Expr, Span),
    /// `reinit last(k)`
    Reinit(Expr, Span),
    /// `step all by noise(0.1)`
    Surgery(Expr, Expr, Span),
    /// `add class`
    AddClass(Span),
    /// `alternate rounds { statements }`
    Alternate(Expr, Vec<Statement>, Span),
    /// `repeat length over sets …`
    Repeat(Box<Repeat>),
    /// `let tuned = after { statements }`
    Aside(Name, Vec<Statement>, Span),
    /// `weights = original - 0.5 * (tuned - original)`
    Weights(Expr, Span),
    /// `lookahead(k: 5 rounds, alpha: 0.5) { statements }`
    Lookahead(Vec<Argument>, Vec<Statement>, Span),
    /// `keep best by abs(ce(forget) - ce(validation))`
    KeepBest(Expr, Span),
}

impl Statement {
    /// Its place.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Statement::Start(_, _, span)
            | Statement::Update(_, span)
            | Statement::Slow(_, _, span)
            | Statement::Reinit(_, span)
            | Statement::Surgery(_, _, span)
            | Statement::AddClass(span)
            | Statement::Alternate(_, _, span)
            | Statement::Aside(_, _, span)
            | Statement::Weights(_, span)
            | Statement::Lookahead(_, _, span)
            | Statement::KeepBest(_, span) => *span,
            Statement::Repeat(r) => r.span,
        }
    }

    /// Its values, in order, those of inner statements behind them.
    #[must_use]
    pub fn values(&self) -> Vec<&Expr> {
        match self {
            Statement::AddClass(_) => Vec::new(),
            Statement::Start(from, ..) => vec![from],
            Statement::Update(a, _)
            | Statement::Reinit(a, _)
            | Statement::Weights(a, _)
            | Statement::KeepBest(a, _) => vec![a],
            Statement::Aside(_, inner, _) => inner.iter().flat_map(Statement::values).collect(),
            Statement::Lookahead(arguments, inner, _) => {
                let own = arguments.iter().map(|a| &a.value);
                own.chain(inner.iter().flat_map(Statement::values)).collect()
            }
            Statement::Slow(a, b, _) | Statement::Surgery(a, b, _) => vec![a, b],
            Statement::Alternate(rounds, inner, _) => {
                std::iter::once(rounds).chain(inner.iter().flat_map(Statement::values)).collect()
            }
            Statement::Repeat(r) => {
                let ends = [r.beside.as_ref(), r.batch.as_ref(), r.rounds.as_ref()];
                [&r.length, &r.over]
                    .into_iter()
                    .chain(ends.into_iter().flatten())
                    .chain(r.slow.iter().flatten())
                    .chain([&r.loss, &r.optimizer])
                    .collect()
            }
        }
    }
}

/// `repeat length over sets with sets in batches of n for the first k { slow parameters to s minimize loss by optimizer }`
#[derive(Clone, Debug)]
pub struct Repeat {
    /// How long: epochs, or steps.
    pub length: Expr,
    /// Over which sets.
    pub over: Expr,
    /// What is cycled beside them.
    pub beside: Option<Expr>,
    /// How many samples per step.
    pub batch: Option<Expr>,
    /// In how many first rounds of an alternation.
    pub rounds: Option<Expr>,
    /// What is slowed in it alone: parameters, and by how much.
    pub slow: Vec<[Expr; 2]>,
    /// What is minimised.
    pub loss: Expr,
    /// By which optimizer.
    pub optimizer: Expr,
    /// Its place.
    pub span: Span,
}

/// A layer of a chain, with its name.
#[derive(Clone, Debug)]
pub struct Link {
    /// The name of its parameters.
    pub label: Option<Name>,
    /// The layer.
    pub layer: Expr,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Its place.
    pub span: Span,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operators of the language")]
pub enum Operator {
    Range,
    PlusMinus,
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    Unequal,
    Above,
    AtLeast,
    Below,
    AtMost,
    And,
    Or,
    Among,
    Then,
    On,
}

impl Operator {
    /// Every operator as it is written; `±` may be written `+-`.
    const ALL: &[(Operator, &str)] = &[
        (Operator::Range, ".."),
        (Operator::PlusMinus, "±"),
        (Operator::PlusMinus, "+-"),
        (Operator::Add, "+"),
        (Operator::Subtract, "-"),
        (Operator::Multiply, "*"),
        (Operator::Divide, "/"),
        (Operator::Equal, "=="),
        (Operator::Unequal, "!="),
        (Operator::Above, ">"),
        (Operator::AtLeast, ">="),
        (Operator::Below, "<"),
        (Operator::AtMost, "<="),
        (Operator::And, "and"),
        (Operator::Or, "or"),
        (Operator::Among, "in"),
        (Operator::Then, "then"),
        (Operator::On, "on"),
    ];
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(o, _)| *o == self).map_or("", |(_, s)| s)
    }
    /// The operator that is written so.
    pub(crate) fn of(sign: &str) -> Option<Operator> {
        Self::ALL.iter().find(|(_, s)| *s == sign).map(|(o, _)| *o)
    }
}

/// The forms of a value.
#[derive(Clone, Debug)]
pub enum Node {
    /// `10 epochs`; a percentage has the unit `%`.
    Number(Number, Option<Name>),
    /// What could not be read, which was said.
    Broken,
    /// `"text"`
    Text(String),
    /// `"{budget} of the data"`
    Format(Vec<TextPart>),
    /// `{ lr = 0.1 }`
    Record(Vec<(Name, Expr)>),
    /// `not a`
    Not(Box<Expr>),
    /// `true`
    Bool(bool),
    /// `train.optimizer`
    Path(String),
    /// `callee(arguments)`
    Call(Name, Vec<Argument>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `-a`
    Negate(Box<Expr>),
    /// `a + b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `m[axis == name]`
    At(Box<Expr>, Name, Name),
    /// `logits[label]`
    Pick(Box<Expr>, Box<Expr>),
    /// `average(0.1).logits`, `average(0.1).logits(at: image)`
    Member(Box<Expr>, Name, Option<Vec<Argument>>),
    /// `a * a where a = ..`
    Where(Box<Expr>, Vec<(Name, Expr)>),
    /// `each [..]`
    Each(Box<Expr>),
    /// `each { a = .. }`
    EachNamed(Vec<(Name, Expr)>),
    /// `(a -> b)`
    Chain(Vec<Link>),
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name, when written.
    pub label: Option<Name>,
    /// Its value.
    pub value: Expr,
    /// `for name in list`
    pub each: Option<(Name, Expr)>,
    /// `where condition`
    pub filter: Option<Expr>,
    /// `over axis`
    pub over: Option<Name>,
}

/// A part of a string with `{name}` in it.
#[derive(Clone, Debug)]
pub enum TextPart {
    /// As it stands.
    Text(String),
    /// The value of a name.
    Value(Name),
}
