//! Pages out of declarations.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mu_check::{Checked, Files, check};
use mu_diag::Code;
use mu_doc::{Page, html, pages, procedure};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

fn checked(text: &str) -> Checked {
    let checked = check(&NoFiles, "own.mu", text);
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked
}

const OWN: &str = "/// A share.\nlet share = 10%\n\n/// Gently.\nmethod gentle(\n  /// How fast.\n  lr: real > 0 = 0.1\n) {\n  start from original\n\
  repeat 2 epochs over retain + forget in batches of 64 samples {\n    minimize ce(retain)\n    by sgd(lr: lr)\n  }\n}\n\n\
  experiment e { data = digits model = small_cnn train = training(5 epochs) forget = random(share) unlearn = each [retrain, gentle, scrub] measure = [ua] }\n";

fn of(pages: &[Page], name: &str) -> String {
    pages.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no page {name}")).text.clone()
}

#[test]
fn a_files_own_declarations_have_a_page_per_kind_in_the_order_of_the_reference() {
    let checked = checked(OWN);
    let pages = pages(&checked, &|source| source == "own.mu", false);
    let names: Vec<&str> = pages.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["index", "methods", "experiments", "values"]);
    let methods = of(&pages, "methods");
    assert!(methods.starts_with("# Methods\n\n## gentle\n\n```mu\nmethod gentle("), "{methods}");
    assert!(methods.contains("\nGently.\n") && methods.contains("- `lr`: How fast.\n"), "{methods}");
    assert!(methods.contains("Its text:") && methods.contains("minimize ce(retain)"), "{methods}");
    assert!(!methods.contains("## ft"), "the library's are not its own");
    let values = of(&pages, "values");
    assert!(values.contains("## share") && values.contains("A share."), "{values}");
    assert_eq!(
        of(&pages, "index"),
        "# Reference\n\n- [Methods](methods.md)\n- [Experiments](experiments.md)\n- [Values](values.md)\n"
    );
}

#[test]
fn the_library_has_every_diagnostic_and_field_besides() {
    let checked = checked("let a = 1\n");
    let pages = pages(&checked, &|source| source.starts_with("std:"), true);
    let diagnostics = of(&pages, "diagnostics");
    for code in Code::ALL {
        assert!(diagnostics.contains(&format!("\n## {}\n", code.name())), "{}", code.name());
    }
    let fields = of(&pages, "fields");
    for field in ["experiment", "table", "figure", "dataset"] {
        assert!(fields.contains(&format!("\n## {field}\n")), "{field}");
    }
    assert!(
        fields.contains("| `from` | `experiment` | The experiment whose numbers are shown. Required. |"),
        "{fields}"
    );
    assert!(fields.contains("`best \\| none`"), "a bar would end the cell");
    let methods = of(&pages, "methods");
    let place = |name: &str| methods.find(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("no {name}"));
    assert!(place("bad_teacher") < place("ft") && place("ft") < place("scrub"), "by name");
    assert!(of(&pages, "index").starts_with("# The mu library\n"));
    assert!(!pages.iter().any(|p| p.name == "values" && p.text.contains("## a\n")));
}

#[test]
fn a_page_of_html_stands_alone() {
    let page = Page {
        name: "a".to_owned(),
        title: "A & <B>".to_owned(),
        text: "# A\n\n## x_y\n\n[b](b.md) <script>1</script> ![i](http://h/i.png) [j](javascript:1)\n"
            .to_owned(),
    };
    let text = html(&page, &[page.clone(), Page { name: "b".to_owned(), ..page.clone() }]);
    assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
    assert!(text.contains("<title>A &amp; &lt;B&gt; – mu</title>"), "{text}");
    assert!(text.contains("<a href=\"b.html\">") && text.contains("<h2 id=\"x_y\">x_y</h2>"), "{text}");
    assert!(text.contains("href=\"b.html\">b</a>"), "links between pages are to pages of HTML: {text}");
    assert!(
        !text.contains("<script") && !text.contains("<img") && !text.contains("javascript:1\""),
        "{text}"
    );
}

#[test]
fn a_procedure_is_said_statement_by_statement() {
    let checked = checked(OWN);
    let experiment = &checked.program.experiments[0];
    let said = |at: usize, name: &str| procedure(name, &experiment.unlearn[at].value[0].procedure);
    let gentle = said(1, "gentle");
    assert!(
        gentle.starts_with(
            "gentle starts from the original model\n  2 epochs over retain + forget, in batches of 64\n"
        ),
        "{gentle}"
    );
    assert!(gentle.contains("    minimize ") && gentle.contains("\n    by "), "{gentle}");
    assert!(said(0, "retrain").starts_with("retrain starts from a fresh initialisation\n"));
    let scrub = said(2, "scrub");
    assert!(scrub.contains(" rounds of\n") && scrub.contains("forget"), "{scrub}");
    let kl = "divergence(softmax(original.logits / 4), softmax(logits / 4))";
    assert!(scrub.contains(&format!("minimize -16 · mean over forget of {kl}\n")), "{scrub}");
}
