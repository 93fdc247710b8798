//! Text as LaTeX's text: what has a meaning there, and what its oldest font encoding (OT1) prints as something else, in the words of
//! LaTeX and amsmath. Accented letters and typographic quotes are left: pdflatex reads them as UTF-8.

/// A text for a cell, a header, a caption.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            '`' => out.push_str("\\textasciigrave{}"),
            // Babel gives this one a meaning in some languages.
            '"' => out.push_str("''"),
            // A row may begin with them, and they are no argument of the command before it.
            '[' | ']' | '*' => out.extend(['{', c, '}']),
            // Two are no dash.
            '-' if out.ends_with('-') => out.push_str("{}-"),
            '<' | '>' | '|' => out.extend(['$', c, '$']),
            '–' => out.push_str("--"),
            '…' => out.push_str("\\dots{}"),
            '\u{2009}' | '\u{202f}' => out.push_str("\\,"),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            c => match mathematics(c) {
                Some(word) => out.extend(["$", word, "$"]),
                None => match script(c) {
                    Some((sign, digit)) => out.extend(['$', sign, digit, '$']),
                    None => out.push(c),
                },
            },
        }
    }
    out
}

/// Raised and lowered digits: the sign that raises or lowers, and the digit.
fn script(c: char) -> Option<(char, char)> {
    let digit = |from: char| char::from_digit(u32::from(c) - u32::from(from), 10);
    Some(match c {
        '¹' => ('^', '1'),
        '²' => ('^', '2'),
        '³' => ('^', '3'),
        '⁰'..='⁹' => ('^', digit('⁰')?),
        '₀'..='₉' => ('_', digit('₀')?),
        _ => return None,
    })
}

/// The word of mathematics for a character that text has no glyph for.
fn mathematics(c: char) -> Option<&'static str> {
    Some(match c {
        'α' => "\\alpha",
        'β' => "\\beta",
        'γ' => "\\gamma",
        'δ' => "\\delta",
        'ε' => "\\varepsilon",
        'ϵ' => "\\epsilon",
        'ζ' => "\\zeta",
        'η' => "\\eta",
        'θ' => "\\theta",
        'ϑ' => "\\vartheta",
        'ι' => "\\iota",
        'κ' => "\\kappa",
        'λ' => "\\lambda",
        'μ' | 'µ' => "\\mu",
        'ν' => "\\nu",
        'ξ' => "\\xi",
        'ο' => "o",
        'π' => "\\pi",
        'ϖ' => "\\varpi",
        'ρ' => "\\rho",
        'ϱ' => "\\varrho",
        'σ' => "\\sigma",
        'ς' => "\\varsigma",
        'τ' => "\\tau",
        'υ' => "\\upsilon",
        'φ' => "\\varphi",
        'ϕ' => "\\phi",
        'χ' => "\\chi",
        'ψ' => "\\psi",
        'ω' => "\\omega",
        'Α' => "\\mathrm{A}",
        'Β' => "\\mathrm{B}",
        'Γ' => "\\Gamma",
        'Δ' | '∆' => "\\Delta",
        'Ε' => "\\mathrm{E}",
        'Ζ' => "\\mathrm{Z}",
        'Η' => "\\mathrm{H}",
        'Θ' => "\\Theta",
        'Ι' => "\\mathrm{I}",
        'Κ' => "\\mathrm{K}",
        'Λ' => "\\Lambda",
        'Μ' => "\\mathrm{M}",
        'Ν' => "\\mathrm{N}",
        'Ξ' => "\\Xi",
        'Ο' => "\\mathrm{O}",
        'Π' => "\\Pi",
        'Ρ' => "\\mathrm{P}",
        'Σ' => "\\Sigma",
        'Τ' => "\\mathrm{T}",
        'Υ' => "\\Upsilon",
        'Φ' => "\\Phi",
        'Χ' => "\\mathrm{X}",
        'Ψ' => "\\Psi",
        'Ω' | '\u{2126}' => "\\Omega",
        '·' | '⋅' => "\\cdot",
        '±' => "\\pm",
        '∓' => "\\mp",
        '×' => "\\times",
        '÷' => "\\div",
        '−' => "-",
        '∗' => "*",
        '∘' => "\\circ",
        '≥' | '⩾' => "\\geq",
        '≤' | '⩽' => "\\leq",
        '≈' => "\\approx",
        '≠' => "\\neq",
        '≡' => "\\equiv",
        '∼' => "\\sim",
        '≃' => "\\simeq",
        '≪' => "\\ll",
        '≫' => "\\gg",
        '∝' => "\\propto",
        '→' => "\\to",
        '←' => "\\leftarrow",
        '↔' => "\\leftrightarrow",
        '⇒' => "\\Rightarrow",
        '⇐' => "\\Leftarrow",
        '⇔' => "\\Leftrightarrow",
        '↑' => "\\uparrow",
        '↓' => "\\downarrow",
        '∞' => "\\infty",
        '∑' => "\\sum",
        '∏' => "\\prod",
        '∫' => "\\int",
        '√' | '✓' | '✔' => "\\surd",
        '✗' | '✘' => "\\times",
        '★' | '⋆' => "\\star",
        '∂' => "\\partial",
        '∇' => "\\nabla",
        '∈' => "\\in",
        '∉' => "\\notin",
        '⊂' => "\\subset",
        '⊆' => "\\subseteq",
        '∪' => "\\cup",
        '∩' => "\\cap",
        '∅' => "\\emptyset",
        '∀' => "\\forall",
        '∃' => "\\exists",
        '¬' => "\\neg",
        '∧' => "\\wedge",
        '∨' => "\\vee",
        '⊕' => "\\oplus",
        '⊗' => "\\otimes",
        'ℓ' => "\\ell",
        '‖' => "\\|",
        '′' => "'",
        '†' => "\\dagger",
        '‡' => "\\ddagger",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_text_prints_wrongly_is_mathematics() {
        assert_eq!(escape("p < 0.05 > α|β"), "p $<$ 0.05 $>$ $\\alpha$$|$$\\beta$");
        assert_eq!(escape("±≥≤→·"), "$\\pm$$\\geq$$\\leq$$\\to$$\\cdot$");
        assert_eq!(escape("θ₀ x² 10⁻"), "$\\theta$$_0$ x$^2$ 10⁻");
    }

    #[test]
    fn what_has_a_meaning_is_written_out() {
        assert_eq!(escape("a_b & 5% #1 {x} $y$"), "a\\_b \\& 5\\% \\#1 \\{x\\} \\$y\\$");
        assert_eq!(escape("~^\\"), "\\textasciitilde{}\\textasciicircum{}\\textbackslash{}");
        assert_eq!(escape("[1, 2] *"), "{[}1, 2{]} {*}");
        assert_eq!(escape("--x ---"), "-{}-x -{}-{}-");
        assert_eq!(escape("`\"é“—”ß"), "\\textasciigrave{}''é“—”ß");
    }
}
