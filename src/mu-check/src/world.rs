//! The files of a program and what their names mean.

use std::cell::OnceCell;
use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, FileId, Problem, Sink, Sources, Span};
use mu_syntax::ast::{Claim, File, Item};

use crate::definition::Definition;
use crate::wanted::Wanted;
use crate::ways;
use crate::words::article;

/// Where sources come from, and what else a text names: the front end itself touches no disk.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// In words, where it cannot be read.
    fn read(&self, path: &str) -> Result<String, String>;
    /// The path that `spec` means in a file at `from`.
    fn join(&self, from: &str, spec: &str) -> String;
    /// The digest of a TorchScript function; empty where nobody looks at more than sources, as editors do not.
    ///
    /// # Errors
    /// There is no such function at the path.
    fn function(&self, _path: &str) -> Result<String, Problem> {
        Ok(String::new())
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Module {
    names: IndexMap<String, Definition>,
    /// Modules by alias, and where the alias was made.
    uses: IndexMap<String, (usize, Span)>,
    /// Aliases of files that could not be used, which was said.
    lost: Vec<String>,
    pub(crate) claims: Vec<Claim>,
    /// The trees of its files: one, but for the standard library.
    pub(crate) files: Vec<(FileId, Rc<File>)>,
}

/// So many names are listed where none is near.
const MAX_LISTED: usize = 12;

/// Module 0 is the standard library, module 1 the file that is checked.
#[derive(Debug)]
pub(crate) struct World {
    modules: Vec<Module>,
}

pub(crate) const STD: usize = 0;
pub(crate) const ROOT: usize = 1;

thread_local! {
    /// The standard library is the same for every file that is checked, and so are its places: it is read once.
    static LIBRARY: OnceCell<Module> = const { OnceCell::new() };
}

/// The module of the standard library; its files come right after the first in `sources`.
fn library(files: &dyn Files, sources: &mut Sources, sink: &mut Sink) -> Module {
    let ids: Vec<FileId> = mu_stdlib::files().iter().map(|f| sources.add(f.name, f.text)).collect();
    LIBRARY.with(|known| {
        if let Some(module) = known.get() {
            return module.clone();
        }
        let before = sink.is_empty();
        let mut world = World { modules: vec![Module::default()] };
        ids.iter().for_each(|id| world.add_file(files, sources, *id, STD, sink, &mut Vec::new()));
        let module = world.modules.pop().unwrap_or_default();
        if before && sink.is_empty() {
            let _ = known.set(module.clone());
        }
        module
    })
}

impl World {
    /// Whether a file is one of the standard library's.
    pub(crate) fn is_library(&self, file: FileId) -> bool {
        self.modules[STD].files.iter().any(|(id, _)| *id == file)
    }

    /// Reads the standard library and the root file with all it uses.
    pub(crate) fn load(files: &dyn Files, sources: &mut Sources, root: FileId, sink: &mut Sink) -> Self {
        let mut world = Self { modules: vec![library(files, sources, sink), Module::default()] };
        world.add_file(files, sources, root, ROOT, sink, &mut vec![(root, ROOT)]);
        world
    }

    fn add_file(
        &mut self,
        files: &dyn Files,
        sources: &mut Sources,
        id: FileId,
        module: usize,
        sink: &mut Sink,
        open: &mut Vec<(FileId, usize)>,
    ) {
        let parsed = mu_syntax::parse(sources.text(id), id);
        sink.extend(parsed.diagnostics);
        if let Some((edition, span)) = parsed.file.edition.filter(|(e, _)| *e != 1.0) {
            sink.push(
                Diagnostic::error(Code::Edition, span, format!("edition {edition} is not known to this mu"))
                    .help("write `mu 1`"),
            );
        }
        let file = Rc::new(parsed.file);
        self.modules[module].files.push((id, Rc::clone(&file)));
        for item in &file.items {
            match item {
                Item::Let(l) => self.define(module, Definition::Let(Rc::clone(l)), sink),
                Item::Declaration(d) => self.define(module, Definition::Declaration(Rc::clone(d)), sink),
                Item::Claim(c) => self.modules[module].claims.push(c.clone()),
                Item::Use(u) => {
                    let path = files.join(sources.name(id), &u.path.text);
                    let alias = u.alias.as_ref().map_or_else(
                        || path.rsplit('/').next().unwrap_or("").trim_end_matches(".mu").to_owned(),
                        |a| a.text.clone(),
                    );
                    let known = sources.find(&path);
                    if let Some(at) = known.and_then(|k| open.iter().position(|(f, _)| *f == k)) {
                        let chain: Vec<&str> = open[at..].iter().map(|(f, _)| sources.name(*f)).collect();
                        sink.push(
                            Diagnostic::error(Code::Cycle, u.path.span, "this `use` leads back to itself")
                                .label(format!("{} → {path}", chain.join(" → ")))
                                .help("move what both files need into a third one"),
                        );
                        self.modules[module].lost.push(alias);
                        continue;
                    }
                    match files.read(&path) {
                        Ok(text) => {
                            let used = sources.add(path, text);
                            let next = self.modules.len();
                            self.modules.push(Module::default());
                            let place = u.alias.as_ref().map_or(u.path.span, |a| a.span);
                            self.modules[module].uses.insert(alias, (next, place));
                            open.push((used, next));
                            self.add_file(files, sources, used, next, sink, open);
                            open.pop();
                        }
                        Err(reason) => {
                            self.modules[module].lost.push(alias);
                            let message = format!("cannot read `{path}`: {reason}");
                            sink.push(
                                Diagnostic::error(Code::Unreadable, u.path.span, message)
                                    .help("paths are relative to this file"),
                            );
                        }
                    }
                }
            }
        }
    }

    fn define(&mut self, module: usize, definition: Definition, sink: &mut Sink) {
        let name = definition.name().clone();
        // Experiments, tables and figures are no values: nothing is hidden by their names.
        let value = !definition.is_view();
        if module != STD
            && value
            && let Some(hidden) = self.modules[STD].names.get(&name.text)
        {
            let message = format!("`{}` hides the one of the standard library", name.text);
            sink.push(
                Diagnostic::warning(Code::Shadowing, name.span, message)
                    .related(hidden.name().span, "the library's")
                    .help("in this file the name now means yours; another name would tell readers"),
            );
        }
        if let Some(first) = self.modules[module].names.get(&name.text) {
            sink.push(
                Diagnostic::error(Code::Duplicate, name.span, format!("`{}` is defined twice", name.text))
                    .label("the second definition")
                    .related(first.name().span, "the first")
                    .help("give one of them another name"),
            );
        } else {
            self.modules[module].names.insert(name.text, definition);
        }
    }

    /// What a path means in a module, and the module it is defined in.
    pub(crate) fn find(&self, module: usize, path: &str) -> Option<(&Definition, usize)> {
        if let Some((alias, name)) = path.split_once('.') {
            let used = self.modules[module].uses.get(alias)?.0;
            return self.modules[used].names.get(name).map(|d| (d, used));
        }
        let own = self.modules[module].names.get(path).map(|d| (d, module));
        let library = || self.modules[STD].names.get(path).map(|d| (d, STD));
        // Experiments, tables and figures are no values: they hide nothing of the library.
        match own {
            Some((d, _)) if d.is_view() => library().or(own),
            Some(_) => own,
            None => library(),
        }
    }

    /// A module.
    pub(crate) fn module(&self, at: usize) -> &Module {
        &self.modules[at]
    }

    /// How many modules there are.
    pub(crate) fn modules(&self) -> usize {
        self.modules.len()
    }

    /// The module that an alias means.
    pub(crate) fn used(&self, module: usize, alias: &str) -> Option<(usize, Span)> {
        self.modules[module].uses.get(alias).copied()
    }

    /// Whether a path begins with the alias of a file that could not be used.
    pub(crate) fn is_lost(&self, module: usize, path: &str) -> bool {
        path.split_once('.').is_some_and(|(alias, _)| self.modules[module].lost.iter().any(|l| l == alias))
    }

    /// The aliases of a module, and where each was made.
    pub(crate) fn aliases(&self, module: usize) -> impl Iterator<Item = (&str, Span)> {
        self.modules[module].uses.iter().map(|(n, (_, span))| (n.as_str(), *span))
    }

    /// The declarations and lets of a module, in order.
    pub(crate) fn definitions(&self, module: usize) -> impl Iterator<Item = &Definition> {
        self.modules[module].names.values()
    }

    /// What to say of a name that means nothing, at a place that takes `wanted`.
    pub(crate) fn unknown(
        &self,
        module: usize,
        path: &str,
        span: Span,
        locals: &[&str],
        wanted: Wanted,
    ) -> Diagnostic {
        let named =
            |m: usize| self.modules[m].names.iter().filter(|(_, d)| wanted.fits(d)).map(|(n, _)| n.as_str());
        let known: Vec<&str> = match path.split_once('.') {
            Some((alias, _)) => match self.modules[module].uses.get(alias) {
                Some(used) => named(used.0).collect(),
                None => locals.to_vec(),
            },
            None => [module, STD].into_iter().flat_map(named).chain(locals.iter().copied()).collect(),
        };
        let versions: Vec<&str> =
            known.iter().copied().filter(|k| k.split_once('@').is_some_and(|(n, _)| n == path)).collect();
        if !versions.is_empty() {
            return Diagnostic::error(
                Code::AmbiguousVersion,
                span,
                format!("`{path}` has several definitions"),
            )
            .label("say which")
            .help(format!("write `{}`", versions.join("` or `")));
        }
        let diagnostic = Diagnostic::error(Code::UnknownName, span, format!("nothing is called `{path}`"))
            .label("not defined here, nor in the standard library");
        let mut found = match path.split_once('.') {
            Some((alias, name)) if self.modules[module].uses.contains_key(alias) => {
                let start = span.end.saturating_sub(name.len() as u32);
                diagnostic.meant(Span { start, ..span }, name, known.iter().copied())
            }
            _ => {
                let is = |word: &&str| path.eq_ignore_ascii_case(word);
                diagnostic.meant(
                    span,
                    path,
                    known.iter().copied().chain(["true", "false"].into_iter().filter(is)),
                )
            }
        };
        // Where nothing is known of the place, a near name is a guess.
        if let (Some(fix), Wanted::Anything) = (&mut found.fix, wanted) {
            fix.certain = false;
        }
        if found.fix.is_none()
            && let Some(way) = ways::of_name(path)
        {
            return found.help(way);
        }
        if found.help.is_none() && ["none", "null", "nil"].contains(&path.to_lowercase().as_str()) {
            return found.help("leave it out: its default is then taken");
        }
        match wanted.only() {
            Some(kind) if found.help.is_none() => {
                let is = |d: &Definition| matches!(d, Definition::Declaration(d) if d.kind == kind);
                let names = [module, STD].into_iter().flat_map(|m| &self.modules[m].names);
                let names: Vec<&str> = names.filter(|(_, d)| is(d)).map(|(n, _)| n.as_str()).collect();
                if names.is_empty() || names.len() > MAX_LISTED {
                    return found;
                }
                let word = kind.word();
                let are = match word.ends_with('s') && !word.ends_with("ss") {
                    true => format!("{word} are"),
                    false => format!("{} {word} is", article(word)),
                };
                found.help(format!("{are} one of `{}`", names.join("`, `")))
            }
            _ => found,
        }
    }
}
