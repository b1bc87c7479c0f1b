//! Schemata of small sources.

use super::*;

fn rewritten(source: &str, mutations: &[(Kind, (usize, usize), &str)]) -> Schemata {
    let mutant = |(kind, at, replacement): &(Kind, (usize, usize), &str)| Mutant {
        name: String::new(),
        file: String::new(),
        kind: *kind,
        at: *at,
        replacement: (*replacement).to_owned(),
        is_opaque: replacement.starts_with("::std::iter::"),
    };
    let mutants: Vec<_> = mutations.iter().map(mutant).collect();
    let numbers: Vec<_> = (0..mutants.len()).collect();
    let schemata = schemata(source, &mutants, &numbers);
    syn::parse_file(&schemata.text).expect("the result is valid Rust");
    schemata
}

#[test]
fn binary_operators_are_switched() {
    for (source, at, other, expected) in [
        ("fn f() -> bool { a == b }", 20, "!=", "((a == b) != crate::__switch::on(0))"),
        (
            "fn f() -> bool { a && b }",
            20,
            "||",
            "(if (a ) != crate::__switch::on(0) {  b } else { crate::__switch::on(0) })",
        ),
        (
            "fn f() -> u32 { a + b }",
            19,
            "*",
            "crate::__switch::calculate((a ), ( b), \"+\", &[(0, \"*\"), ])",
        ),
    ] {
        let text = rewritten(source, &[(Kind::Binary, (1, at), other)]).text;
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn nested_mutants_are_all_written() {
    let source = "fn f(x: &T) -> bool { !x.a && x.b < 2 || x.c }";
    let mutations = [
        (Kind::Body, (1, 23), "true"),
        (Kind::Unary, (1, 23), ""),
        (Kind::Binary, (1, 28), "||"),
        (Kind::Binary, (1, 35), "<="),
        (Kind::Binary, (1, 39), "&&"),
    ];
    assert_eq!(rewritten(source, &mutations).numbers.len(), mutations.len());
}

#[test]
fn returned_iterator_is_emptied_or_replaced() {
    let source = "fn f() -> impl Iterator<Item = u8> { (0..9).map(g) }";
    let mutations = [
        (Kind::Body, (1, 38), "::std::iter::empty()"),
        (Kind::Body, (1, 38), "::std::iter::once(1)"),
    ];
    let text = rewritten(source, &mutations).text;
    let last = ".filter(|_| !crate::__switch::on(1)).chain(crate::__switch::on(1).then(|| 1)) }";
    assert!(text.contains("{ ({ (0..9).map(g) }).filter(") && text.ends_with(last), "{text}");
}

#[test]
fn match_arms_and_guards_are_switched() {
    let source = "fn f(x: u8) -> u8 { match x { 1 => 2, 3 if x > 2 => 4, _ => 5 } }";
    let mutations =
        [(Kind::Arm, (1, 31), ""), (Kind::Arm, (1, 39), ""), (Kind::Guard, (1, 44), "true")];
    let text = rewritten(source, &mutations).text;
    assert!(text.contains("1 if !crate::__switch::on(0) &&  true => 2"), "{text}");
    let both = "!crate::__switch::on(1) && (crate::__switch::on(2) || (x > 2))";
    assert!(text.contains(both), "{text}");
}

#[test]
fn const_fn_is_switched_by_if() {
    let source = "const fn f(a: u8) -> u8 { a + 1 * 2 } fn g() -> u8 { 1 + 2 }";
    let mutations =
        [(Kind::Binary, (1, 29), "-"), (Kind::Binary, (1, 33), "/"), (Kind::Binary, (1, 56), "-")];
    let schemata = rewritten(source, &mutations);
    let expected = "{ (if crate::__switch::on(0) { a - 1 * 2 } else { \
                    a + (if crate::__switch::on(1) { 1 / 2 } else { 1 * 2 }) }) }";
    assert!(schemata.text.contains(expected), "{}", schemata.text);
    assert_eq!(schemata.in_const_fn, BTreeSet::from([0, 1]));
}

#[test]
fn constant_is_switched_at_its_use_sites_only() {
    let source = "const A: usize = 2 * B + 1; fn f(x: [u8; A]) -> usize { let y = [0; A]; A }";
    let mutations = [(Kind::Binary, (1, 20), "/"), (Kind::Binary, (1, 24), "-")];
    let schemata = rewritten(source, &mutations);
    let expected = "let y = [0; A]; (if crate::__switch::on(1) { 2 * B - 1 } \
                    else if crate::__switch::on(0) { 2 / B + 1 } else { A }) }";
    assert!(schemata.text.ends_with(expected), "{}", schemata.text);
    assert!(schemata.text.starts_with("const A: usize = 2 * B + 1; fn f(x: [u8; A])"));
}

#[test]
fn removed_field_is_taken_from_the_base_expression() {
    let source = "fn f(a: u8) -> T { T { a, b: 2, ..g() } }";
    let mutations = [(Kind::Field, (1, 24), ""), (Kind::Field, (1, 27), "")];
    let schemata = rewritten(source, &mutations);
    let expected = "T { a: (if crate::__switch::on(0) { (g()).a } else { a }), \
                    b: (if crate::__switch::on(1) { (g()).b } else { 2 }), ..g() }";
    assert!(schemata.text.contains(expected), "{}", schemata.text);
}
