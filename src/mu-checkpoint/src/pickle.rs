//! Python pickles as data. What a pickle would call is kept as a call, and is never made.
//!
//! Opcodes of protocols 0 to 5, after the documentation of Python's `pickletools`. Values live in one table and refer to each
//! other by number, so that shared and nested values cost nothing and no text can exhaust the stack.

mod numpy;
mod parse;

pub(crate) use numpy::integer;
pub use numpy::{NumpyArray, array, integers};
pub use parse::parse;

/// A value's number in its table.
pub type Id = usize;

/// A value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "Python's own types")]
pub enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, little-endian.
    Long(Vec<u8>),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A name of a module.
    Global(String, String),
    /// What Python would make by calling something.
    Object(Box<Object>),
    /// What Python would ask the reader for.
    Persistent(Id),
}

/// What Python would make by calling something, and would do to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What is called.
    pub callee: Id,
    /// With what: a tuple.
    pub args: Id,
    /// The state that is set afterwards.
    pub state: Option<Id>,
    /// What is appended.
    pub items: Vec<Id>,
    /// What is set by key.
    pub pairs: Vec<(Id, Id)>,
}

/// A pickle that was read.
#[derive(Clone, Debug)]
pub struct Pickle {
    nodes: Vec<Node>,
    /// The value that it stands for.
    pub root: Id,
    /// How many bytes it took.
    pub length: usize,
}

impl Pickle {
    /// A value.
    #[must_use]
    pub fn get(&self, id: Id) -> &Node {
        self.nodes.get(id).unwrap_or(&Node::None)
    }

    /// The numbers of all values.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        0..self.nodes.len()
    }

    /// What a value is, in a word.
    #[must_use]
    pub fn what(&self, id: Id) -> &'static str {
        match self.get(id) {
            Node::None => "`None`",
            Node::Bool(_) => "a boolean",
            Node::Int(_) | Node::Long(_) => "a whole number",
            Node::Float(_) => "a real number",
            Node::Bytes(_) => "a string of bytes",
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Tuple(_) => "a tuple",
            Node::Set(_) => "a set",
            Node::Dict(_) => "a dictionary",
            Node::Global(..) => "a name",
            Node::Object(_) => "an object",
            Node::Persistent(_) => "a reference to what lies elsewhere",
        }
    }

    /// The text of a value; Python 2's byte strings are texts as well.
    #[must_use]
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Node::Text(text) => Some(text),
            Node::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn size(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Node::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The bytes of a value: bytes, or what Python 3 writes for them in Python 2's protocols, `_codecs.encode(text, 'latin1')`.
    #[must_use]
    pub fn bytes(&self, id: Id) -> Option<Vec<u8>> {
        match self.get(id) {
            Node::Bytes(bytes) => Some(bytes.clone()),
            Node::Text(text) => text.chars().map(|c| u8::try_from(c).ok()).collect(),
            Node::Object(_) => {
                let (global, args) = self.call(id)?;
                match (global.as_str(), args.first()) {
                    ("_codecs.encode", Some(text)) => match self.get(*text) {
                        Node::Text(text) => text.chars().map(|c| u8::try_from(c).ok()).collect(),
                        _ => None,
                    },
                    ("builtins.bytes" | "__builtin__.bytes", None) => Some(Vec::new()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The members of a list or tuple.
    #[must_use]
    pub fn list(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs of a dictionary, or of an object that is filled like one.
    #[must_use]
    pub fn pairs(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.get(id) {
            Node::Dict(pairs) => Some(pairs),
            Node::Object(object) if !object.pairs.is_empty() => Some(&object.pairs),
            Node::Object(_) => {
                let (name, _) = self.call(id)?;
                (name == "collections.OrderedDict" || name == "collections.defaultdict").then_some(&[])
            }
            _ => None,
        }
    }

    /// A member of a dictionary by its name.
    #[must_use]
    pub fn member(&self, id: Id, name: &str) -> Option<Id> {
        let is = |key: Id| {
            self.text(key) == Some(name) || self.bytes(key).is_some_and(|bytes| bytes == name.as_bytes())
        };
        self.pairs(id)?.iter().find(|(k, _)| is(*k)).map(|(_, v)| *v)
    }

    /// What an object's call names, as `module.name`, and its arguments.
    #[must_use]
    pub fn call(&self, id: Id) -> Option<(String, &[Id])> {
        let Node::Object(object) = self.get(id) else { return None };
        let Node::Global(module, name) = self.get(object.callee) else { return None };
        let Node::Tuple(args) = self.get(object.args) else { return None };
        Some((format!("{module}.{name}"), args))
    }

    /// The state that is set on an object.
    #[must_use]
    pub fn state(&self, id: Id) -> Option<Id> {
        match self.get(id) {
            Node::Object(object) => object.state,
            _ => None,
        }
    }
}
