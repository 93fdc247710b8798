//! Items, fields, parameters, methods and models.

use std::rc::Rc;

use mu_grammar::Rule;

use super::{Lowering, P};
use crate::Number;
use crate::ast::{
    Argument, Block, Body, Claim, Declaration, Expr, Field, Item, Kind, Let, Limit, Link, Name, Node, Param,
    Range, Repeat, Statement, Tune, Type, TypeAtom, Use,
};

impl Lowering {
    pub(super) fn item(&mut self, pair: P<'_>) -> Option<Item> {
        match pair.as_rule() {
            Rule::use_item => {
                let mut path = None;
                let mut alias = None;
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::string => {
                            let mut name = self.name(&part);
                            name.text = super::expr::unquote(&name.text);
                            path = Some(name);
                        }
                        Rule::name => alias = Some(self.name(&part)),
                        _ => {}
                    }
                }
                Some(Item::Use(Use { path: path?, alias }))
            }
            Rule::let_item => self.let_item(pair).map(|l| Item::Let(Rc::new(l))),
            Rule::claim => self.claim(pair).map(Item::Claim),
            Rule::declaration => self.declaration(pair).map(|d| Item::Declaration(Rc::new(d))),
            _ => None,
        }
    }

    fn claim(&mut self, pair: P<'_>) -> Option<Claim> {
        let span = self.span(&pair);
        let (mut text, mut condition) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => {
                    let mut name = self.name(&part);
                    name.text = super::expr::unquote(&name.text);
                    text = Some(name);
                }
                Rule::expr => condition = self.expr(part),
                _ => {}
            }
        }
        Some(Claim { text: text?, condition: condition?, span })
    }

    fn let_item(&mut self, pair: P<'_>) -> Option<Let> {
        let docs = self.docs(&pair);
        let (mut name, mut params, mut value) = (None, Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::params => params = self.params(part),
                Rule::expr => value = self.expr(part),
                _ => {}
            }
        }
        Some(Let { name: name?, params, value: value?, docs })
    }

    fn declaration(&mut self, pair: P<'_>) -> Option<Declaration> {
        let (docs, span) = (self.docs(&pair), self.span(&pair));
        let (mut kind, mut name, mut params, mut result, mut body) = (None, None, Vec::new(), None, None);
        let mut towards = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::declaration_kind => kind = Kind::of(part.as_str().trim()),
                Rule::name => name = Some(self.name(&part)),
                Rule::params => params = self.params(part),
                Rule::type_ => result = self.type_(part),
                Rule::builtin => body = Some(Body::Builtin),
                Rule::expr => body = self.expr(part).map(Body::Value),
                Rule::wheres => {
                    let bindings: Vec<_> = part.into_inner().filter_map(|p| self.binding(p)).collect();
                    body = body.map(|body| match body {
                        Body::Value(value) => {
                            let span = value.span;
                            Body::Value(Expr { node: Node::Where(Box::new(value), bindings), span })
                        }
                        body => body,
                    });
                }
                Rule::towards => {
                    let inner = part.into_inner().find(|p| p.as_rule() == Rule::expr);
                    towards = inner.and_then(|p| self.expr(p));
                }
                Rule::field_block => body = Some(Body::Fields(self.block(part))),
                Rule::derived => body = self.derived(part),
                Rule::method_body => {
                    let statements = part.into_inner().flat_map(P::into_inner);
                    body = Some(Body::Method(statements.filter_map(|s| self.statement(s)).collect()));
                }
                Rule::model_body => body = Some(self.model(part)),
                _ => {}
            }
        }
        Some(Declaration { kind: kind?, name: name?, params, result, towards, body: body?, docs, span })
    }

    fn binding(&mut self, pair: P<'_>) -> Option<(Name, Expr)> {
        let (mut name, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::expr => value = self.expr(part),
                _ => {}
            }
        }
        Some((name?, value?))
    }

    fn params(&mut self, pair: P<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for pair in pair.into_inner() {
            let docs = self.docs(&pair);
            let (mut name, mut ty, mut usual, mut default) = (None, None, None, None);
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::name => name = Some(self.name(&part)),
                    Rule::type_ => ty = self.type_(part),
                    Rule::usual => usual = self.refinement(part),
                    Rule::expr => default = self.expr(part),
                    _ => {}
                }
            }
            params.extend(name.map(|name| Param { name, ty, usual, default, docs }));
        }
        params
    }

    fn type_(&mut self, pair: P<'_>) -> Option<Type> {
        let span = self.span(&pair);
        let (mut atoms, mut range) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::type_atom => {
                    let inner = part.into_inner().next()?;
                    atoms.push(match inner.as_rule() {
                        Rule::type_ => TypeAtom::List(Box::new(self.type_(inner)?)),
                        Rule::record_type => {
                            let span = self.span(&inner);
                            TypeAtom::Record(
                                inner.into_inner().filter_map(|m| self.member(m)).collect(),
                                span,
                            )
                        }
                        _ => TypeAtom::Name(self.name(&inner)),
                    });
                }
                Rule::refinement => range = self.refinement(part),
                _ => {}
            }
        }
        Some(Type { atoms, range, span })
    }

    fn member(&mut self, pair: P<'_>) -> Option<(Name, Type)> {
        let mut parts = pair.into_inner();
        let name = parts.next().map(|p| self.name(&p))?;
        Some((name, parts.next().and_then(|p| self.type_(p))?))
    }

    fn derived(&mut self, pair: P<'_>) -> Option<Body> {
        let (mut base, mut block) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => base = Some(self.name(&part)),
                Rule::field_block => block = Some(self.block(part)),
                _ => {}
            }
        }
        Some(Body::Derived(base?, block?))
    }

    fn block(&mut self, pair: P<'_>) -> Block {
        let before = self.broken.len();
        let mut block = Block::default();
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::broken_field => self.broken(&pair),
                Rule::tune => block.tunes.extend(self.tune(pair)),
                Rule::zip => {
                    let span = self.span(&pair);
                    let names = pair.into_inner().filter(|p| p.as_rule() == Rule::path);
                    block.zips.push((names.map(|p| self.name(&p)).collect(), span));
                }
                Rule::except => {
                    let inner = pair.into_inner().find(|p| p.as_rule() == Rule::expr);
                    block.excepts.extend(inner.and_then(|p| self.expr(p)));
                }
                Rule::limit => block.limits.extend(self.limit(pair)),
                _ => block.fields.extend(self.field(pair)),
            }
        }
        block.damaged = self.broken.len() > before;
        block
    }

    fn limit(&mut self, pair: P<'_>) -> Option<Limit> {
        let span = self.span(&pair);
        let (mut what, mut sign, mut most, mut of) = (None, String::new(), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => what = Some(self.name(&part)),
                Rule::compare => sign = part.as_str().trim().to_owned(),
                Rule::expr => most = self.expr(part),
                Rule::share_of => {
                    of = part.into_inner().find(|p| p.as_rule() == Rule::name).map(|p| self.name(&p))
                }
                _ => {}
            }
        }
        Some(Limit { what: what?, sign, most: most?, of, span })
    }

    fn tune(&mut self, pair: P<'_>) -> Option<Tune> {
        let span = self.span(&pair);
        let (mut what, mut over, mut block) = (None, None, Block::default());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => what = Some(self.name(&part)),
                Rule::expr => over = self.expr(part),
                Rule::field_block => block = self.block(part),
                _ => {}
            }
        }
        Some(Tune { what: what?, over: over?, block, span })
    }

    fn field(&mut self, pair: P<'_>) -> Option<Field> {
        let (mut name, mut value, mut over) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name | Rule::kw_where => name = Some(self.name(&part)),
                Rule::field_value => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::expr => value = self.expr(part),
                            Rule::along => over = self.along(part),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(Field { name: name?, value: value?, over })
    }

    pub(super) fn along(&mut self, pair: P<'_>) -> Option<Name> {
        pair.into_inner().find(|p| p.as_rule() == Rule::path).map(|p| self.name(&p))
    }

    fn statement(&mut self, pair: P<'_>) -> Option<Statement> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut anew = false;
        let [mut beside, mut batch, mut rounds] = [None, None, None];
        let (mut values, mut inner): (Vec<Expr>, Vec<Statement>) = (Vec::new(), Vec::new());
        let mut slow = Vec::new();
        let (mut name, mut arguments): (Option<Name>, Vec<Argument>) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::reference => {
                    let span = self.span(&part);
                    values.extend(self.reference(part).map(|node| Expr { node, span }));
                }
                Rule::anew => anew = true,
                Rule::name => name = Some(self.name(&part)),
                Rule::arguments => arguments = self.arguments(part),
                Rule::expr => values.extend(self.expr(part)),
                Rule::beside => beside = self.within(part),
                Rule::batches => batch = self.within(part),
                Rule::rounds => rounds = self.within(part),
                Rule::slow => {
                    if let Some(Statement::Slow(set, factor, _)) = self.statement(part) {
                        slow.push([set, factor]);
                    }
                }
                Rule::statement => {
                    inner.extend(part.into_inner().next().and_then(|p| self.statement(p)));
                }
                _ => {}
            }
        }
        let mut values = values.into_iter();
        Some(match rule {
            Rule::start => Statement::Start(values.next()?, anew, span),
            Rule::update => Statement::Update(values.next()?, span),
            Rule::slow => Statement::Slow(values.next()?, values.next()?, span),
            Rule::reinit => Statement::Reinit(values.next()?, span),
            Rule::surgery => Statement::Surgery(values.next()?, values.next()?, span),
            Rule::add_class => Statement::AddClass(span),
            Rule::alternate => Statement::Alternate(values.next()?, inner, span),
            Rule::aside => Statement::Aside(name?, inner, span),
            Rule::weights => Statement::Weights(values.next()?, span),
            Rule::lookahead => Statement::Lookahead(arguments, inner, span),
            Rule::keep_best => Statement::KeepBest(values.next()?, span),
            _ => Statement::Repeat(Box::new(Repeat {
                length: values.next()?,
                over: values.next()?,
                beside,
                batch,
                rounds,
                slow,
                loss: values.next()?,
                optimizer: values.next()?,
                span,
            })),
        })
    }

    /// The value within a rule of words.
    fn within(&mut self, pair: P<'_>) -> Option<Expr> {
        pair.into_inner().find(|p| p.as_rule() == Rule::expr).and_then(|p| self.expr(p))
    }

    fn model(&mut self, pair: P<'_>) -> Body {
        let (mut lets, mut chains) = (Vec::new(), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::let_item => lets.extend(self.let_item(part)),
                Rule::chain => chains.push(self.chain(part)),
                _ => {}
            }
        }
        Body::Model(lets, chains)
    }

    pub(super) fn chain(&mut self, pair: P<'_>) -> Vec<Link> {
        let mut links = Vec::new();
        for link in pair.into_inner() {
            let (mut label, mut layer) = (None, None);
            for part in link.into_inner() {
                match part.as_rule() {
                    Rule::label => label = Some(self.name(&part)),
                    Rule::expr => layer = self.expr(part),
                    _ => {}
                }
            }
            links.extend(layer.map(|layer| Link { label, layer }));
        }
        links
    }

    /// A range: `in 0..1`, `> 0`.
    fn refinement(&mut self, pair: P<'_>) -> Option<Range> {
        let (mut compare, mut bounds) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::compare => compare = Some(part.as_str().trim().to_owned()),
                Rule::bound => {
                    let text: String = part.as_str().chars().filter(|c| !c.is_whitespace()).collect();
                    let digits = text.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic());
                    let (sign, digits) = digits.strip_prefix('-').map_or((1.0, digits), |d| (-1.0, d));
                    let Some(bound) = Number::parse(digits) else {
                        self.numberless.push(self.span(&part));
                        return None;
                    };
                    bounds.push(sign * bound.real());
                }
                _ => {}
            }
        }
        let first: f64 = *bounds.first()?;
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let closed = Range { low, low_open: false, high, high_open: false };
        Some(match compare.as_deref() {
            None => Range { low: first, high: *bounds.get(1)?, ..closed },
            Some(">") => Range { low: first, low_open: true, ..closed },
            Some(">=") => Range { low: first, ..closed },
            Some("<") => Range { high: first, high_open: true, ..closed },
            Some(_) => Range { high: first, ..closed },
        })
    }
}
