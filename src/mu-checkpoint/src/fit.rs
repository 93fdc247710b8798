//! A file's tensors → a network's: the one table whose tensors are the network's, each under its name, or what does not fit, with the
//! likely cause.
//!
//! Which of a file's tables holds the weights is decided by what fits. A table's tensors are compared as they are, below every prefix
//! (`module.`, `student.`), without wrappers' parts, and by timm's names. Where none of that fits, by shapes and order (see [`crate::order`]).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use mu_step::{LayerGraph, TensorDecl, Wanted};

use crate::names::{Rename, TIMM, is_derived, unwrapped};
use crate::order::{Shapes, recognise};
use crate::places::{Fit, Taken};
use crate::table::{Checkpoint, Table};
use crate::words::short;

/// Why a file's weights are not a network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No table fits; this is what the nearest one lacks.
    Misfit(Misfit),
    /// Several tables fit, and hold other tensors.
    Several(Vec<String>),
    /// There is no table of that name.
    NoTable {
        /// What was asked for.
        asked: String,
        /// Those that are there.
        has: Vec<String>,
    },
}

impl Unfit {
    /// In a line, of a file of that name.
    #[must_use]
    pub fn message(&self, path: &str) -> String {
        match self {
            Unfit::Misfit(_) => format!("the tensors of {path} are not the model's"),
            Unfit::Several(tables) => {
                format!("{} tables of tensors in {path} fit the model: {}", tables.len(), short(tables))
            }
            Unfit::NoTable { asked, .. } => format!("{path} has no table of tensors `{}`", short(&[asked])),
        }
    }

    /// The way out.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Unfit::Misfit(misfit) => {
                let cause = misfit.cause.as_ref().map(|c| format!("likely: {c}")).unwrap_or_default();
                format!("{misfit}{cause}")
            }
            Unfit::Several(tables) => {
                let last = tables.last().map(String::as_str).unwrap_or_default();
                let say = format!("say which one holds the weights: `checkpoint(.., weights: \"{last}\")`");
                let numbered = |t: &String| t.split('.').next().is_some_and(|at| at.parse::<usize>().is_ok());
                if !tables.iter().all(numbered) {
                    return say;
                }
                format!(
                    "{say}; the numbers are places in the file's list, from 0, where the DDPM code of SalUn and of Selective Amnesia \
                     has the weights that were trained at 0, and their running mean at 3"
                )
            }
            Unfit::NoTable { has, .. } => format!("it has {}", short(has)),
        }
    }
}

/// What a table lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// What the network has and the file has not.
    pub missing: Vec<(String, Vec<usize>)>,
    /// What the file has and the network has not.
    pub unexpected: Vec<(String, Vec<usize>)>,
    /// Name, the network's sizes, the file's.
    pub reshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// What that probably comes from.
    pub cause: Option<String>,
}

impl Misfit {
    fn is_none(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.reshaped.is_empty()
    }
}

/// Tables with more tensors are no network's.
const MOST_TENSORS: usize = 20_000;
/// How deep a network may lie below a table.
const DEEPEST: usize = 12;

impl Checkpoint {
    /// Where a network's tensors are in this file.
    ///
    /// # Errors
    /// Where no table fits, or several do.
    pub fn fit(&self, graph: &LayerGraph, wanted: Wanted<'_>) -> Result<Fit, Unfit> {
        let network = Network::of(graph, wanted.drawn);
        let groups = self.groups(&network, wanted.table)?;
        let mut fits = Vec::new();
        let mut nearest: Option<(usize, &Group, Vec<String>)> = None;
        for group in &groups {
            let (known, names) = group.renamed(&network);
            if nearest.as_ref().is_none_or(|(most, ..)| known > *most) {
                nearest = Some((known, group, names.clone()));
            }
            if known == network.decls.len() {
                let (tensors, misfit) = self.compare(&network, group, &names);
                if misfit.is_none() {
                    fits.push(Fit { table: group.table, tensors, notes: self.said(group) });
                }
            }
        }
        if fits.is_empty() {
            fits = groups.iter().filter_map(|g| self.recognised(&network, g)).collect();
        }
        self.only(&mut fits).map(|fit| fit.ok_or_else(|| self.misfit(&network, nearest)))?
    }

    /// The only fit, where all of them are the same tensors.
    fn only(&self, fits: &mut Vec<Fit>) -> Result<Option<Fit>, Unfit> {
        let mut seen = HashSet::new();
        fits.retain(|fit| {
            let place = |t: &Taken| {
                let view = &self.tables[fit.table].entries[t.entry].view;
                (view.storage.clone(), view.offset, view.strides.clone())
            };
            seen.insert(fit.tensors.iter().map(place).collect::<Vec<_>>())
        });
        match fits.len() {
            0 | 1 => Ok(fits.pop()),
            _ => Err(Unfit::Several(fits.iter().map(|fit| self.place(fit)).collect())),
        }
    }

    /// Where a fit's tensors are, as `weights` names it.
    fn place(&self, fit: &Fit) -> String {
        let table = &self.tables[fit.table];
        let taken: Vec<&str> = fit.tensors.iter().map(|t| table.entries[t.entry].name.as_str()).collect();
        let shared = taken.first().map_or("", |first| {
            let ends = first.match_indices('.').map(|(at, _)| &first[..=at]);
            ends.take_while(|p| taken.iter().all(|t| t.starts_with(p))).last().unwrap_or("")
        });
        let whole = table.entries.iter().all(|e| e.name.starts_with(shared) || is_derived(&e.name));
        named(&table.place, if whole { "" } else { shared })
    }

    /// The groups of tensors that may be a network, by the table that is asked for.
    fn groups(&self, network: &Network<'_>, asked: Option<&str>) -> Result<Vec<Group>, Unfit> {
        let mut found = Vec::new();
        for (at, table) in self.tables.iter().enumerate() {
            found.extend(groups(at, table, network));
        }
        let Some(asked) = asked else { return Ok(found) };
        found.retain(|group: &Group| {
            let place = &self.tables[group.table].place;
            let name = named(place, &group.prefix);
            named(place, "") == asked || name == asked || name.starts_with(&format!("{asked}."))
        });
        if found.is_empty() {
            let has = self.tables.iter().filter(|t| t.entries.len() > 1).map(|t| named(&t.place, ""));
            return Err(Unfit::NoTable { asked: asked.to_owned(), has: has.collect() });
        }
        Ok(found)
    }

    /// A group's tensors beside the network's.
    fn compare(&self, network: &Network<'_>, group: &Group, names: &[String]) -> (Vec<Taken>, Misfit) {
        let entries = &self.tables[group.table].entries;
        let mut found: HashMap<&str, usize> =
            names.iter().zip(&group.members).map(|(name, (entry, _))| (name.as_str(), *entry)).collect();
        let (mut misfit, mut tensors) = (Misfit::default(), Vec::new());
        for decl in &network.decls {
            let shape = sizes(decl);
            let Some(entry) = found.remove(decl.name.as_str()) else {
                misfit.missing.push((decl.name.clone(), shape));
                continue;
            };
            let has = &entries[entry].view.shape;
            // A linear layer that was kept as a convolution over all of its input.
            if *has == shape || flattens(has, &shape) {
                tensors.push(Taken { name: decl.name.clone(), entry, shape });
            } else {
                misfit.reshaped.push((decl.name.clone(), shape, has.clone()));
            }
        }
        // Checkpoints that normalise within the network keep the constants with the weights.
        let other = |name: &str| !name.starts_with("normalize.") && !network.is_drawn(name);
        let rest = found.into_iter().filter(|(name, _)| other(name));
        let mut unexpected: Vec<_> =
            rest.map(|(name, entry)| (name.to_owned(), entries[entry].view.shape.clone())).collect();
        unexpected.sort();
        misfit.unexpected = unexpected;
        (tensors, misfit)
    }

    /// The network in a group by shapes and order, where that is certain.
    fn recognised(&self, network: &Network<'_>, group: &Group) -> Option<Fit> {
        let entries = &self.tables[group.table].entries;
        let members: Vec<&(usize, String)> =
            group.members.iter().filter(|(_, name)| !name.starts_with("normalize.")).collect();
        // A part of a larger network may look like a small one.
        let (least, most) = (network.decls.len(), network.decls.len() + network.drawn.len());
        if group.rest > 0 || !(least..=most).contains(&members.len()) || least == 0 {
            return None;
        }
        let file: Shapes =
            members.iter().map(|(e, name)| (name.clone(), entries[*e].view.shape.clone())).collect();
        let shapes =
            |decls: &[TensorDecl]| decls.iter().map(|d| (d.name.clone(), sizes(d))).collect::<Shapes>();
        let found = recognise(&file, self.ordered, &shapes(&network.decls), &shapes(&network.drawn))?;
        let mut tensors = Vec::new();
        for (decl, at) in network.decls.iter().zip(found) {
            tensors.push(Taken { name: decl.name.clone(), entry: members[at].0, shape: sizes(decl) });
        }
        let mut notes = self.said(group);
        let other: Vec<String> = tensors
            .iter()
            .filter(|t| !entries[t.entry].name.ends_with(&t.name))
            .map(|t| format!("`{}` for `{}`", entries[t.entry].name, t.name))
            .collect();
        notes.insert(
            0,
            format!(
                "its tensors have other names, and were recognised by shapes and order: {} differ, such as {}",
                other.len(),
                other.iter().rev().step_by(other.len().div_ceil(3).max(1)).cloned().collect::<Vec<_>>().join(", ")
            ),
        );
        Some(Fit { table: group.table, tensors, notes })
    }

    /// What is to be said of a group whose tensors are a network's.
    fn said(&self, group: &Group) -> Vec<String> {
        let table = &self.tables[group.table];
        let mut notes = Vec::new();
        if group.rest > 0 {
            let inside: HashSet<usize> = group.members.iter().map(|(entry, _)| *entry).collect();
            let other =
                |(at, e): &(usize, &crate::table::Entry)| !inside.contains(at) && !is_derived(&e.name);
            let first = table.entries.iter().enumerate().find(other).map_or("", |(_, e)| e.name.as_str());
            notes.push(format!(
                "the model is what lies below `{}`; {} tensor(s) beside it are left out, such as `{}`",
                named(&table.place, &group.prefix),
                group.rest,
                short(&[first])
            ));
        }
        let pruned = group.members.iter().filter(|(entry, _)| table.entries[*entry].mask.is_some()).count();
        if pruned > 0 {
            notes.push(format!(
                "{pruned} of its tensors are pruned: they were multiplied by their masks, and what is zero may move again"
            ));
        }
        notes
    }

    /// What the nearest group lacks.
    fn misfit(&self, network: &Network<'_>, nearest: Option<(usize, &Group, Vec<String>)>) -> Unfit {
        let mut misfit = nearest.map_or_else(Misfit::default, |(_, group, names)| {
            let (_, mut misfit) = self.compare(network, group, &names);
            if misfit.is_none() {
                misfit.missing = network.decls.iter().map(|d| (d.name.clone(), sizes(d))).collect();
            }
            misfit
        });
        misfit.cause = cause(&misfit, network.decls.len());
        if let (Some(problem), false) =
            (self.tables.iter().find_map(|t| t.problem.as_ref()), misfit.missing.is_empty())
        {
            misfit.cause = Some(format!("{problem} in the file"));
        }
        Unfit::Misfit(misfit)
    }
}

/// What a file must have.
struct Network<'w> {
    decls: Vec<TensorDecl>,
    /// Those that are drawn anew.
    drawn: Vec<TensorDecl>,
    /// Their names.
    anew: &'w [String],
    /// The other names of tensors that have several.
    aliases: HashSet<String>,
}

impl<'w> Network<'w> {
    fn of(graph: &LayerGraph, anew: &'w [String]) -> Self {
        let all = graph.parametric().into_iter().flat_map(|n| n.tensors());
        let (drawn, decls) = all.partition(|d| anew.contains(&d.name));
        let scripts = graph.scripts();
        let aliases = scripts.iter().flat_map(|s| s.tensors.iter().flat_map(|t| t.aliases.clone())).collect();
        Self { decls, drawn, anew, aliases }
    }

    /// Whether a name is of a layer that is drawn anew.
    fn is_drawn(&self, name: &str) -> bool {
        self.anew.iter().any(|own| {
            own == name
                || own.rsplit_once('.').is_some_and(|(layer, _)| {
                    name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'))
                })
        })
    }
}

/// Tensors of a table that lie together, by their names there.
struct Group {
    table: usize,
    /// What their names began with: `module.`
    prefix: String,
    /// Place in the table, and name.
    members: Vec<(usize, String)>,
    /// How many of the table's tensors are not among them.
    rest: usize,
}

impl Group {
    /// The names by which most of the network's are there, and how many these are.
    fn renamed(&self, network: &Network<'_>) -> (usize, Vec<String>) {
        let wanted: HashSet<&str> = network.decls.iter().map(|d| d.name.as_str()).collect();
        let known = |names: &[String]| names.iter().filter(|n| wanted.contains(n.as_str())).count();
        let own: Vec<String> = self.members.iter().map(|(_, name)| name.clone()).collect();
        let mut best = (known(&own), own);
        for rename in &TIMM as &[Rename] {
            let other = self.members.iter().map(|(_, n)| rename(n).unwrap_or_else(|| n.clone()));
            let other: Vec<String> = other.collect();
            let count = known(&other);
            if count > best.0 {
                best = (count, other);
            }
        }
        best
    }
}

/// The groups of a table: below every prefix, by its names and by those without wrappers' parts.
fn groups(at: usize, table: &Table, network: &Network<'_>) -> Vec<Group> {
    let own = table.entries.iter().enumerate().filter(|(_, e)| !is_derived(&e.name));
    let own: Vec<(usize, String)> =
        own.map(|(k, e)| (k, e.name.clone())).filter(|(_, n)| !network.aliases.contains(n)).collect();
    let bare: Vec<(usize, String)> = own.iter().map(|(k, n)| (*k, unwrapped(n))).collect();
    let unique = bare.iter().map(|(_, n)| n).collect::<HashSet<_>>().len() == bare.len();
    let mut found = Vec::new();
    for names in
        [(true, &own), (unique && bare != own, &bare)].into_iter().filter_map(|(is, n)| is.then_some(n))
    {
        let mut below: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::from([("", names.clone())]);
        if names.len() <= MOST_TENSORS {
            for (entry, name) in names {
                for (dot, _) in name.match_indices('.').take(DEEPEST) {
                    below.entry(&name[..=dot]).or_default().push((*entry, name[dot + 1..].to_owned()));
                }
            }
        }
        found.extend(below.into_iter().map(|(prefix, members)| Group {
            table: at,
            prefix: prefix.to_owned(),
            rest: own.len() - members.len(),
            members,
        }));
    }
    found
}

/// A table with a prefix, as a program names it.
fn named(place: &str, prefix: &str) -> String {
    match (place, prefix.trim_end_matches('.')) {
        ("", "") => ".".to_owned(),
        (only, "") | ("", only) => only.to_owned(),
        (place, prefix) => format!("{place}.{prefix}"),
    }
}

fn sizes(decl: &TensorDecl) -> Vec<usize> {
    decl.shape.iter().map(|s| *s as usize).collect()
}

fn flattens(from: &[usize], to: &[usize]) -> bool {
    matches!((from, to), (&[o, i, h, w], &[p, j]) if o == p && i * h * w == j)
}

/// The likeliest story behind what does not fit.
fn cause(misfit: &Misfit, wanted: usize) -> Option<String> {
    let Misfit { missing, unexpected, reshaped, .. } = misfit;
    let kernel = |shape: &[usize]| shape.get(2).copied().unwrap_or(1);
    if missing.is_empty() && unexpected.is_empty() {
        let heads =
            |(_, a, b): &(String, Vec<usize>, Vec<usize>)| a.get(1..) == b.get(1..) && a.first() != b.first();
        if reshaped.iter().all(heads) && reshaped.len() <= 2 {
            let (_, network, file) = reshaped.first()?;
            return Some(format!(
                "the file is for {} classes, the data set has {}; `training(.., from: checkpoint(..), reinit: last(1 layers))`, or \
                 `reinit last(1 layers)` in a method behind `start from`, draws the last layer anew",
                file.first()?,
                network.first()?
            ));
        }
        if let [(_, network, file)] = reshaped.as_slice() {
            if kernel(network) != kernel(file) {
                return Some(stem(network, file));
            }
            if network.get(1) != file.get(1) && network.len() == 4 {
                let (a, b) = (network.get(1)?, file.get(1)?);
                return Some(format!("the file is for images of {b} channels, the data set has {a}"));
            }
        }
        if let Some((_, network, file)) = reshaped.iter().find(|(n, ..)| n.ends_with("pos_embedding")) {
            let tokens = |shape: &[usize]| shape.get(1).copied().unwrap_or(0);
            return Some(format!(
                "the file is for {} tokens, the network has {}: another image size or patch",
                tokens(file),
                tokens(network)
            ));
        }
        let ratio = |a: &[usize], b: &[usize]| Some(*b.first()? as f64 / *a.first()? as f64);
        let ratios: Vec<f64> = reshaped.iter().filter_map(|(_, a, b)| ratio(a, b)).collect();
        let first = ratios.first().copied()?;
        if ratios.len() > 4
            && first > 0.0
            && ratios.iter().filter(|r| **r == first).count() * 2 > ratios.len()
        {
            return Some(format!("the file's network is {first} times as wide"));
        }
    }
    if let Some((_, network, file)) =
        reshaped.iter().find(|(n, a, b)| n.starts_with("conv1") && kernel(a) != kernel(b))
    {
        return Some(stem(network, file));
    }
    if !missing.is_empty() && alike(missing, unexpected) && reshaped.is_empty() {
        return Some(
            "the same tensors under other names, of which several could be exchanged: give the model's layers the file's labels"
                .to_owned(),
        );
    }
    if missing.len() == wanted {
        return Some("it is another architecture, or its tensors are called otherwise".to_owned());
    }
    if !unexpected.is_empty() && missing.is_empty() && reshaped.is_empty() {
        return Some("the file's network has more layers, or a part that is not the classifier".to_owned());
    }
    if unexpected.is_empty() && reshaped.is_empty() {
        return Some("the file's network has fewer layers, or was saved in part".to_owned());
    }
    Some("it is another architecture".to_owned())
}

/// Whether both have as many tensors of each size.
fn alike(a: &[(String, Vec<usize>)], b: &[(String, Vec<usize>)]) -> bool {
    let sorted = |all: &[(String, Vec<usize>)]| {
        let mut shapes: Vec<Vec<usize>> = all.iter().map(|(_, shape)| shape.clone()).collect();
        shapes.sort();
        shapes
    };
    sorted(a) == sorted(b)
}

fn stem(network: &[usize], file: &[usize]) -> String {
    let kernel = |shape: &[usize]| shape.get(2).copied().unwrap_or(1);
    if kernel(file) > kernel(network) {
        "the file's first convolution is ImageNet's: the model's `@imagenet` form has it".to_owned()
    } else {
        "the file's first convolution is that for small images: the model without `@imagenet` has it"
            .to_owned()
    }
}

impl fmt::Display for Misfit {
    /// Both sides beside each other, a few of each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 8;
        let words = |(name, shape): &(String, Vec<usize>)| format!("{name} {shape:?}");
        let (left, right): (Vec<String>, Vec<String>) =
            (self.missing.iter().map(words).collect(), self.unexpected.iter().map(words).collect());
        if !left.is_empty() || !right.is_empty() {
            let head = format!("missing ({})", left.len());
            let width = left.iter().take(MOST).map(String::len).chain([head.len()]).max().unwrap_or(0);
            writeln!(f, "{head:width$}   unexpected ({})", right.len())?;
            for at in 0..left.len().max(right.len()).min(MOST) {
                let side = |of: &[String]| of.get(at).cloned().unwrap_or_default();
                writeln!(f, "{:width$}   {}", side(&left), side(&right))?;
            }
            if left.len().max(right.len()) > MOST {
                writeln!(f, "{:width$}   …", "…")?;
            }
        }
        if !self.reshaped.is_empty() {
            writeln!(f, "of other sizes ({})", self.reshaped.len())?;
            for (name, network, file) in self.reshaped.iter().take(MOST) {
                writeln!(f, "{name}: {network:?} in the network, {file:?} in the file")?;
            }
            if self.reshaped.len() > MOST {
                writeln!(f, "…")?;
            }
        }
        Ok(())
    }
}
