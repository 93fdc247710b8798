//! Texts and their trees, tokens and findings, written down by hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mu_diag::{Code, FileId};
use mu_syntax::ast::{Body, Declaration, Expr, Item, Kind, Node, Operator, Statement};
use mu_syntax::lex::{TokenKind, lex};
use mu_syntax::{Number, format, parse};

fn items(text: &str) -> Vec<Item> {
    let parsed = parse(text, FileId(0));
    assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
    parsed.file.items
}

/// A value with a bracket around each operation.
fn shown(e: &Expr) -> String {
    match &e.node {
        Node::Number(v, unit) => {
            format!("{v}{}", unit.as_ref().map(|u| format!(" {}", u.text)).unwrap_or_default())
        }
        Node::Path(p) => p.clone(),
        Node::Bool(b) => b.to_string(),
        Node::Text(t) => format!("{t:?}"),
        Node::Not(a) => format!("(not {})", shown(a)),
        Node::Negate(a) => format!("(-{})", shown(a)),
        Node::Each(a) => format!("(each {})", shown(a)),
        Node::Binary(o, a, b) => format!("({} {} {})", shown(a), o.sign(), shown(b)),
        Node::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Node::Record(fields) | Node::EachNamed(fields) => {
            let fields = fields.iter().map(|(n, v)| format!("{}={}", n.text, shown(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
        }
        Node::Call(name, arguments) => {
            let arguments = arguments.iter().map(|a| {
                let label = a.label.as_ref().map(|l| format!("{}:", l.text)).unwrap_or_default();
                let over = a.over.as_ref().map(|o| format!(" over {}", o.text)).unwrap_or_default();
                let filter = a.filter.as_ref().map(|f| format!(" where {}", shown(f))).unwrap_or_default();
                let each = a.each.as_ref().map(|(n, l)| format!(" for {} in {}", n.text, shown(l)));
                format!("{label}{}{}{filter}{over}", shown(&a.value), each.unwrap_or_default())
            });
            format!("{}({})", name.text, arguments.collect::<Vec<_>>().join(", "))
        }
        Node::At(a, axis, at) => format!("{}[{} == {}]", shown(a), axis.text, at.text),
        other => format!("{other:?}"),
    }
}

fn value(text: &str) -> String {
    match &items(&format!("let a = {text}\n"))[..] {
        [Item::Let(l)] => shown(&l.value),
        other => panic!("{other:?}"),
    }
}

#[test]
fn operators_bind_as_in_arithmetic() {
    for (text, tree) in [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("8 / 4 / 2", "((8 / 4) / 2)"),
        ("-a * b", "((-a) * b)"),
        ("a + b == c * d", "((a + b) == (c * d))"),
        ("a == 1 and b == 2 or c == 3", "(((a == 1) and (b == 2)) or (c == 3))"),
        ("a == 1 or b == 2 and c == 3", "((a == 1) or ((b == 2) and (c == 3)))"),
        ("not a == 1 and b == 2", "((not (a == 1)) and (b == 2))"),
        ("1e-3 .. 1e-1", "(0.001 .. 0.1)"),
        ("mean +- std", "(mean ± std)"),
        ("mean ± std", "(mean ± std)"),
        ("x in [a, b]", "(x in [a b])"),
        ("each 0..3", "(each (0 .. 3))"),
        ("each [ft, ga]", "(each [ft ga])"),
        ("each { a = 1, b = 2 }", "{a=1 b=2}"),
        ("ft then ga", "(ft then ga)"),
        ("10 epochs", "10 epochs"),
        ("10%", "10 %"),
        ("true", "true"),
        ("\"a \\\"b\\\"\"", "\"a \\\"b\\\"\""),
        ("ft(0.1, epochs: 5 epochs)", "ft(0.1, epochs:5 epochs)"),
        ("mean(m[unlearn == retrain] for m in [ua, ta])", "mean(m[unlearn == retrain] for m in [ua ta])"),
        ("mean(e.ua where a == 1 over seed)", "mean(e.ua where (a == 1) over seed)"),
    ] {
        assert_eq!(value(text), tree, "{text}");
    }
}

#[test]
fn items_have_their_parts() {
    let text = "/// Said.\n/// Twice.\nlet f(x, y: real in 0..1 usual 0.1..0.2 = 0.5) = x\n\nuse \"./a.mu\" as a\nclaim \"c\" { 1 < 2 }\n\
                metric m: percent towards 0% = ua\nlayer l(n: int >= 1) builtin\n";
    let items = items(text);
    let Item::Let(f) = &items[0] else { panic!("{items:?}") };
    assert_eq!((f.name.text.as_str(), f.docs.as_str()), ("f", "Said.\nTwice."));
    let [x, y] = &f.params[..] else { panic!("{:?}", f.params) };
    assert!(x.ty.is_none() && x.default.is_none() && x.usual.is_none());
    let range = y.ty.as_ref().unwrap().range.unwrap();
    assert_eq!((range.low, range.high, range.low_open, range.high_open), (0.0, 1.0, false, false));
    let usual = y.usual.unwrap();
    assert_eq!((usual.low, usual.high), (0.1, 0.2));
    assert_eq!(shown(y.default.as_ref().unwrap()), "0.5");
    let Item::Use(u) = &items[1] else { panic!("{items:?}") };
    assert_eq!((u.path.text.as_str(), u.alias.as_ref().unwrap().text.as_str()), ("./a.mu", "a"));
    let Item::Claim(c) = &items[2] else { panic!("{items:?}") };
    assert_eq!((c.text.text.as_str(), shown(&c.condition)), ("c", "(1 < 2)".to_owned()));
    let [Item::Declaration(m), Item::Declaration(l)] = &items[3..] else { panic!("{items:?}") };
    assert_eq!((m.kind, shown(m.towards.as_ref().unwrap())), (Kind::Metric, "0 %".to_owned()));
    assert!(matches!(&m.body, Body::Value(e) if shown(e) == "ua"));
    assert!(matches!(l.body, Body::Builtin));
    let range = l.params[0].ty.as_ref().unwrap().range.unwrap();
    assert_eq!((range.low, range.low_open, range.high), (1.0, false, f64::INFINITY));
}

fn declared(text: &str) -> Declaration {
    match &items(text)[..] {
        [Item::Declaration(d)] => (**d).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn blocks_have_fields_and_clauses() {
    let d = declared(
        "experiment e = base with {\n  a = 1\n  cell = mean over seed\n  zip(a, b.c)\n  except { a == 1 }\n  limit unlearn.samples <= 20% of retrain\n\
         tune unlearn.lr over [1, 2] {\n    on = seed == 0\n  }\n}\n",
    );
    let Body::Derived(base, block) = &d.body else { panic!("{:?}", d.body) };
    assert_eq!((base.text.as_str(), block.damaged), ("base", false));
    let fields: Vec<(&str, String)> =
        block.fields.iter().map(|f| (f.name.text.as_str(), shown(&f.value))).collect();
    assert_eq!(fields, [("a", "1".to_owned()), ("cell", "mean".to_owned())]);
    assert_eq!(block.fields[1].over.as_ref().unwrap().text, "seed");
    assert!(block.fields[0].over.is_none());
    let zip: Vec<&str> = block.zips[0].0.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(zip, ["a", "b.c"]);
    assert_eq!(shown(&block.excepts[0]), "(a == 1)");
    let limit = &block.limits[0];
    assert_eq!((limit.what.text.as_str(), limit.sign.as_str()), ("unlearn.samples", "<="));
    assert_eq!(
        (shown(&limit.most), limit.of.as_ref().unwrap().text.as_str()),
        ("20 %".to_owned(), "retrain")
    );
    let tune = &block.tunes[0];
    assert_eq!((tune.what.text.as_str(), shown(&tune.over)), ("unlearn.lr", "[1 2]".to_owned()));
    assert_eq!(shown(&tune.block.fields[0].value), "(seed == 0)");
}

#[test]
fn methods_have_statements_in_order() {
    let d = declared(
        "method m {\n  start from original drawn anew\n  update only all\n  slow convs to 0.1\n  reinit last\n  step all by noise(1)\n  add class\n\
         alternate 3 {\n    repeat 2 epochs over retain with forget in batches of 8 samples for the first 1 { slow norms to 0 minimize ce(retain) by sgd(lr: 1) }\n  }\n}\n",
    );
    let Body::Method(statements) = &d.body else { panic!("{:?}", d.body) };
    let values: Vec<Vec<String>> =
        statements.iter().map(|s| s.values().into_iter().map(shown).collect()).collect();
    assert_eq!(
        values[..5],
        [vec!["original"], vec!["all"], vec!["convs", "0.1"], vec!["last"], vec!["all", "noise(1)"]]
    );
    assert!(matches!(statements[0], Statement::Start(_, true, _)), "drawn anew");
    assert!(matches!(statements[5], Statement::AddClass(_)) && values[5].is_empty());
    assert_eq!(
        values[6],
        ["3", "2 epochs", "retain", "forget", "8 samples", "1", "norms", "0", "ce(retain)", "sgd(lr:1)"],
        "those of inner statements behind the rounds"
    );
    let plain = declared("method m { start from original }\n");
    assert!(matches!(&plain.body, Body::Method(s) if matches!(s[0], Statement::Start(_, false, _))));
}

/// A statement's place is all of it, so that a finding underlines it.
#[test]
fn spans_are_the_texts_they_are_of() {
    let text = "let a = 1 + é2\n";
    let text = &text.replace('é', "");
    let parsed = parse(text, FileId(7));
    let Item::Let(l) = &parsed.file.items[0] else { panic!() };
    let of = |s: mu_diag::Span| &text[s.start as usize..s.end as usize];
    assert_eq!((of(l.name.span), of(l.value.span), l.name.span.file), ("a", "1 + 2", FileId(7)));
    let Node::Binary(Operator::Add, a, b) = &l.value.node else { panic!() };
    assert_eq!((of(a.span), of(b.span)), ("1", "2"));
}

#[test]
fn what_is_wrong_is_said_at_its_place_with_the_way_out() {
    for (text, code, at, way) in [
        ("let a = 1 +\n", Code::Syntax, 10, ""),
        ("experiment e { data = digits\n", Code::Unclosed, 13, ""),
        ("let a = f(x = 1)\n", Code::Syntax, 12, "write `x:`"),
        ("table t {\n  where = a = 1\n}\n", Code::Syntax, 22, "write `==`"),
        ("let a = [b c]\n", Code::Syntax, 11, "insert `,`"),
        ("let a = 1e999\n", Code::OutOfRange, 8, ""),
    ] {
        let parsed = parse(text, FileId(0));
        let found = parsed.diagnostics.first().unwrap_or_else(|| panic!("{text} has no finding"));
        assert_eq!((found.code, found.span.unwrap().start), (code, at), "{text}: {found:?}");
        let title = found.fix.as_ref().map(|f| f.title.as_str()).unwrap_or_default();
        assert!(way.is_empty() || title == way, "{text}: {found:?}");
    }
}

/// One item that cannot be read takes no other with it.
#[test]
fn the_rest_of_a_broken_file_is_read() {
    let parsed = parse("let a = = 1\nlet b = 2\nexperiment e {\n  x = = 1\n  y = 2\n}\n", FileId(0));
    assert_eq!(parsed.diagnostics.len(), 2, "{:?}", parsed.diagnostics);
    let [Item::Let(b), Item::Declaration(e)] = &parsed.file.items[..] else {
        panic!("{:?}", parsed.file.items)
    };
    assert_eq!(b.name.text, "b");
    let Body::Fields(block) = &e.body else { panic!() };
    assert!(block.damaged, "so that nobody complains of what is missing");
    assert_eq!(block.fields.iter().map(|f| f.name.text.as_str()).collect::<Vec<_>>(), ["y"]);
}

#[test]
fn depth_and_length_have_limits() {
    let nested = |n: usize| format!("let a = {}1{}\n", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(64), FileId(0)).diagnostics.is_empty());
    assert_eq!(parse(&nested(65), FileId(0)).diagnostics[0].code, Code::TooDeep);
    let long = |n: usize| format!("let a = [{}1]\n", "1,".repeat(n));
    assert!(parse(&long(50_000), FileId(0)).diagnostics.is_empty());
    assert_eq!(parse(&long(50_001), FileId(0)).diagnostics[0].code, Code::TooDeep);
    // Brackets in texts and comments are none.
    assert!(
        parse(&format!("let a = \"{}\" // {}\n", "(".repeat(99), "(".repeat(99)), FileId(0))
            .diagnostics
            .is_empty()
    );
}

#[test]
fn tokens_are_what_they_look_like() {
    let text = "let a = 10% + \"b c\" // d\n±€";
    let found: Vec<(&str, TokenKind)> = lex(text).iter().map(|t| (t.text, t.kind)).collect();
    use TokenKind::{Comment, Number, Other, Symbol, Text, Word};
    assert_eq!(
        found,
        [
            ("let", Word),
            ("a", Word),
            ("=", Symbol),
            ("10", Number),
            ("%", Symbol),
            ("+", Symbol),
            ("\"b c\"", Text),
            ("// d", Comment),
            ("±", Symbol),
            ("€", Other)
        ]
    );
    assert!(lex(text).iter().all(|t| text[t.start..].starts_with(t.text)));
}

#[test]
fn the_formatter_settles_blanks_and_keeps_the_authors_lines() {
    for (untidy, tidy) in [
        ("let  a=1", "let a = 1\n"),
        ("let a = -1\nlet b = a-1\nlet c = [-1,-a]\n", "let a = -1\nlet b = a - 1\nlet c = [-1, -a]\n"),
        ("let a = 0..3\nlet b = 0 .. 3\n", "let a = 0..3\nlet b = 0 .. 3\n"),
        ("let a = f( x,y )\n", "let a = f(x, y)\n"),
        ("let a = 1\n\n\n\nlet b = 2\n", "let a = 1\n\nlet b = 2\n"),
        ("table t {\n\n a = 1\n\n\n bcd = 2\n  }\n", "table t {\n  a = 1\n\n  bcd = 2\n}\n"),
        ("table t {\na = 1\nbcd = 2 // x\n}\n", "table t {\n  a   = 1\n  bcd = 2  // x\n}\n"),
        ("let a = 1 +\n2\n", "let a = 1 +\n  2\n"),
        ("let a = [\n1,\n2\n]\n", "let a = [\n  1,\n  2\n]\n"),
        ("let a = 10 %\n", "let a = 10%\n"),
    ] {
        assert_eq!(format(untidy).unwrap(), tidy, "{untidy}");
        assert_eq!(format(tidy).unwrap(), tidy);
    }
    assert_eq!(format("let a = = 1\n").unwrap_err().0.len(), 1, "what has errors is left");
}

#[test]
fn numbers_are_compared_and_shown_as_written() {
    let n = |text: &str| Number::parse(text).unwrap();
    assert_eq!(n("10").minus(n("3")).unwrap().to_string(), "7");
    assert_eq!(n("1.5").times(n("2")).unwrap().real(), 3.0);
    assert_eq!(n("0.1").plus(n("0.2")).unwrap().to_string(), "0.30000000000000004");
    assert_eq!(n("7").over(n("2")).unwrap().real(), 3.5);
    assert_eq!(n("0.5").compare(n("1")), Some(std::cmp::Ordering::Less));
    assert_eq!(n("2").compare(n("2.0")), Some(std::cmp::Ordering::Equal));
    assert_eq!(Number::from(2.5).whole(), None);
    assert_eq!(Number::from(4.0).whole(), Some(4));
    assert_eq!(Number::from(7i128).real(), 7.0);
}
