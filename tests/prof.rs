use std::time::Instant;
#[test]
#[ignore]
fn prof() {
    let t = crate::bench::file(1000);
    std::fs::write("/tmp/thousand.mu", &t).unwrap();
    for _ in 0..5 {
        let b = Instant::now();
        let p = mu_syntax::parse(&t, mu_diag::FileId(0));
        let a = b.elapsed();
        let b = Instant::now();
        let c = mu_check::check(&crate::conformance::Disk, "x.mu", &t);
        println!("parse {:?} check {:?} {}", a, b.elapsed(), p.file.items.len() + c.diagnostics.len());
        let b = Instant::now();
        let c = mu_check::check(&crate::conformance::Disk, "x.mu", "let a = 1\n");
        println!("   tiny check {:?} {}", b.elapsed(), c.diagnostics.len());
        let b = Instant::now();
        let n: usize = mu_stdlib::files().iter().map(|f| mu_syntax::parse(f.text, mu_diag::FileId(0)).file.items.len()).sum();
        println!("   std parse {:?} {}", b.elapsed(), n);
        let b = Instant::now();
        let n = { use pest::Parser; mu_grammar::MuParser::parse(mu_grammar::Rule::file, &t).unwrap().count() };
        println!("   pest only {:?} {}", b.elapsed(), n);
    }
}
