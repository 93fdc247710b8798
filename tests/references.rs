//! Which file of a crate refers to which other, read from the sources.
//!
//! A file refers to another where its code names something that the other defines, by `use` or by a path, through whatever modules and
//! re-exports lie between. `mod x;` and `pub use` only place names, so they are no references. A call of a method names no file. Tests
//! may use everything, so they are not read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// For each file the files that it refers to, with the names that it takes from them.
pub(crate) type References = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// The files of a crate.
pub(crate) struct Files {
    pub(crate) references: References,
    /// Every file that was read; those of tests are among them.
    pub(crate) read: BTreeSet<PathBuf>,
}

/// Reads a crate from its root file.
pub(crate) fn of_crate(root: &Path) -> Files {
    let mut modules = Modules::default();
    modules.file(root.to_owned(), None, false, root.parent().unwrap());
    let mut references = References::new();
    for (at, module) in modules.all.iter().enumerate() {
        let own = references.entry(module.file.clone()).or_default();
        for path in &module.named {
            if let Some(Target::Item(of, name)) = modules.resolve(at, path, 0)
                && modules.all[of].file != module.file
            {
                own.entry(modules.all[of].file.clone()).or_default().insert(name);
            }
        }
    }
    Files { references, read: modules.read }
}

/// A way from a file back to itself, for each group of files that lead to each other: the shortest way from the group's first file.
pub(crate) fn circles(references: &References) -> Vec<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut in_a_circle: BTreeSet<PathBuf> = BTreeSet::new();
    for file in references.keys() {
        if in_a_circle.contains(file) {
            continue;
        }
        if let Some(way) = way_back(references, file) {
            // Whatever lies on a circle with this file is of its group.
            let reached = reached(references, file);
            in_a_circle.extend(reached.into_iter().filter(|f| self::reached(references, f).contains(file)));
            found.push(way);
        }
    }
    found
}

/// The files that a file leads to.
fn reached(references: &References, from: &Path) -> BTreeSet<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(file) = open.pop() {
        for next in references.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

/// The shortest way from a file back to itself, both ends included.
fn way_back(references: &References, file: &PathBuf) -> Option<Vec<PathBuf>> {
    let mut before: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    let mut open = VecDeque::from([file]);
    while let Some(at) = open.pop_front() {
        for next in references.get(at).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(next) {
                before.insert(next, at);
                open.push_back(next);
            }
        }
    }
    let mut way = vec![file.clone(), (*before.get(file)?).clone()];
    while way.last() != Some(file) {
        way.push(before[way.last()?].clone());
    }
    way.reverse();
    Some(way)
}

/// A module of a crate.
#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    /// What `use` brings into scope: the name here, and the path that it stands for.
    imports: BTreeMap<String, Vec<String>>,
    /// The paths of `use ..::*`.
    globs: Vec<Vec<String>>,
    /// The paths that its code names.
    named: Vec<Vec<String>>,
}

/// The modules of a crate, the root first.
#[derive(Default)]
struct Modules {
    all: Vec<Module>,
    read: BTreeSet<PathBuf>,
}

/// What a path leads to.
enum Target {
    Module(usize),
    /// An item, and the module that defines it.
    Item(usize, String),
}

impl Modules {
    /// Reads a file that is a module, and those below it, whose files lie in `folder`.
    fn file(&mut self, file: PathBuf, parent: Option<usize>, is_test: bool, folder: &Path) -> usize {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let tree = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        self.read.insert(file.clone());
        self.module(file, &tree.items, parent, is_test, folder)
    }

    fn module(
        &mut self,
        file: PathBuf,
        items: &[syn::Item],
        parent: Option<usize>,
        is_test: bool,
        folder: &Path,
    ) -> usize {
        let at = self.all.len();
        self.all.push(Module { file: file.clone(), parent, ..Module::default() });
        for item in items {
            let syn::Item::Mod(child) = item else { continue };
            let name = child.ident.to_string();
            let is_elsewhere = child.attrs.iter().any(|a| a.path().is_ident("path"));
            assert!(!is_elsewhere, "{}: the file of `mod {name}` is not where one looks", file.display());
            let is_test = is_test || child.attrs.iter().any(is_for_tests);
            let below = folder.join(&name);
            let index = match &child.content {
                Some((_, items)) => self.module(file.clone(), items, Some(at), is_test, &below),
                None => {
                    let flat = folder.join(format!("{name}.rs"));
                    let path = if flat.is_file() { flat } else { below.join("mod.rs") };
                    self.file(path, Some(at), is_test, &below)
                }
            };
            self.all[at].children.insert(name, index);
        }
        if !is_test {
            let mut reader = Reader { module: &mut self.all[at] };
            items.iter().for_each(|i| reader.visit_item(i));
        }
        at
    }

    /// What a path means that is written in a module; nothing where it leads out of the crate.
    fn resolve(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        let (mut at, mut rest, mut is_inside) = (module, path, false);
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => at = self.all[at].parent?,
                _ => break,
            }
            (rest, is_inside) = (others, true);
        }
        let Some(name) = rest.first() else { return Some(Target::Module(at)) };
        match self.member(at, name, depth) {
            Some(Target::Module(next)) if rest.len() > 1 => Some(self.below(next, &rest[1..], depth)),
            // A macro has made it.
            None if is_inside => Some(Target::Item(at, name.clone())),
            found => found,
        }
    }

    /// What a path means below a module.
    fn below(&self, module: usize, path: &[String], depth: usize) -> Target {
        match self.member(module, &path[0], depth) {
            Some(Target::Module(next)) if path.len() > 1 => self.below(next, &path[1..], depth),
            Some(found) => found,
            None => Target::Item(module, path[0].clone()),
        }
    }

    /// What a name is in a module.
    fn member(&self, module: usize, name: &str, depth: usize) -> Option<Target> {
        // Globs may lead to each other.
        if depth > 16 {
            return None;
        }
        let own = &self.all[module];
        if let Some(child) = own.children.get(name) {
            return Some(Target::Module(*child));
        }
        if own.items.contains(name) {
            return Some(Target::Item(module, name.to_owned()));
        }
        if let Some(path) = own.imports.get(name) {
            return self.resolve(module, path, depth + 1);
        }
        own.globs.iter().find_map(|glob| match self.resolve(module, glob, depth + 1)? {
            Target::Module(of) if of != module => self.member(of, name, depth + 1),
            _ => None,
        })
    }
}

/// Whether an attribute keeps what it stands at out of everything but tests.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let words = list.tokens.to_string();
    list.path.is_ident("cfg") && words.contains("test") && !words.contains("not")
}

/// Collects what the code of a module defines and names.
struct Reader<'m> {
    module: &'m mut Module,
}

impl Reader<'_> {
    fn import(&mut self, tree: &syn::UseTree, before: &[String], is_export: bool) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), is_export),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|t| self.import(t, before, is_export));
            }
            syn::UseTree::Glob(_) => return self.module.globs.push(before.to_vec()),
            syn::UseTree::Name(n) if n.ident == "self" => match before.last() {
                Some(last) => (last.clone(), before.to_vec()),
                None => return,
            },
            syn::UseTree::Name(n) => (n.ident.to_string(), with(&n.ident)),
            syn::UseTree::Rename(r) if r.ident == "self" => (r.rename.to_string(), before.to_vec()),
            syn::UseTree::Rename(r) => (r.rename.to_string(), with(&r.ident)),
        };
        if !is_export {
            self.module.named.push(path.clone());
        }
        self.module.imports.insert(name, path);
    }
}

impl<'t> Visit<'t> for Reader<'_> {
    fn visit_item(&mut self, item: &'t syn::Item) {
        let (name, attributes) = match item {
            syn::Item::Const(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Enum(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Fn(i) => (Some(&i.sig.ident), &i.attrs),
            syn::Item::Macro(i) => (i.ident.as_ref(), &i.attrs),
            syn::Item::Static(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Struct(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Trait(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Type(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Union(i) => (Some(&i.ident), &i.attrs),
            syn::Item::Impl(i) => (None, &i.attrs),
            syn::Item::Use(i) => (None, &i.attrs),
            // It is a module of its own.
            syn::Item::Mod(_) => return,
            _ => return visit::visit_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            self.module.items.extend(name.map(ToString::to_string));
            visit::visit_item(self, item);
        }
    }

    fn visit_foreign_item_fn(&mut self, item: &'t syn::ForeignItemFn) {
        self.module.items.insert(item.sig.ident.to_string());
        visit::visit_foreign_item_fn(self, item);
    }

    fn visit_item_use(&mut self, item: &'t syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'t syn::Path) {
        if path.leading_colon.is_none() {
            self.module.named.push(path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'t syn::Macro) {
        self.visit_path(&call.path);
        paths_in(call.tokens.clone(), &mut self.module.named);
    }

    // Neither is code that runs.
    fn visit_attribute(&mut self, _: &'t syn::Attribute) {}
    fn visit_visibility(&mut self, _: &'t syn::Visibility) {}
}

/// The paths among the tokens of a macro: identifiers with `::` between them.
fn paths_in(tokens: proc_macro2::TokenStream, out: &mut Vec<Vec<String>>) {
    use proc_macro2::TokenTree;
    let (mut path, mut colons) = (Vec::new(), 0);
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if colons != 2 {
                    out.push(std::mem::take(&mut path));
                }
                path.push(word.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            other => {
                out.push(std::mem::take(&mut path));
                colons = 0;
                if let TokenTree::Group(group) = other {
                    paths_in(group.stream(), out);
                }
            }
        }
    }
    out.push(path);
    out.retain(|p| !p.is_empty());
}

/// The circles of a crate of some files, each as the names of its files.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let found = circles(&of_crate(&folder.path().join("lib.rs")).references);
    let name = |p: PathBuf| p.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
    found.into_iter().map(|way| way.into_iter().map(name).collect()).collect()
}

#[test]
fn a_circle_is_found_in_whatever_way_it_is_written() {
    let root = "mod a;\nmod b;\npub use b::B;\n";
    let a = "pub struct A;\nfn f(_: crate::B) {}\n";
    for b in [
        "use crate::a::A;\npub struct B(A);",
        "use super::a;\npub struct B(a::A);",
        "pub struct B;\nfn f() { use super::a::*; let _ = A; }",
        "pub struct B;\nimpl From<crate::a::A> for B { fn from(_: crate::a::A) -> Self { B } }",
        "pub struct B;\nfn f() { println!(\"{}\", size_of::<crate::a::A>()) }",
    ] {
        let found = circles_of(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]);
        assert_eq!(found, [["a.rs", "b.rs", "a.rs"]], "{b}");
    }
    // A module and its child are files like any others.
    let parent = "mod child;\npub struct P;\nfn f() { child::c() }\n";
    let child = "pub fn c() -> super::P { super::P }\n";
    let found = circles_of(&[("lib.rs", "mod p;"), ("p/mod.rs", parent), ("p/child.rs", child)]);
    assert_eq!(found, [["p/child.rs", "p/mod.rs", "p/child.rs"]]);
}

#[test]
fn declarations_exports_and_tests_make_no_circle() {
    let root = "mod a;\nmod b;\npub use a::A;\npub use b::B;\npub struct Root;\n";
    let a =
        "pub struct A;\nfn f() { super::g::<crate::Root>() }\n#[cfg(test)]\nmod tests { use crate::B; }\n";
    let b = "use crate::{A, Root};\npub struct B(A, Root);\n#[cfg(test)]\nfn f() {}\n";
    let found = circles_of(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]);
    assert!(found.is_empty(), "{found:?}");
}
