//! What is written in place of small sources.

use super::*;

fn rewritten(source: &str, breaks: &[(Kind, (usize, usize), &str)]) -> Switched {
    let mutant = |(kind, at, replacement): &(Kind, (usize, usize), &str)| Mutant {
        name: String::new(),
        file: String::new(),
        kind: *kind,
        at: *at,
        replacement: (*replacement).to_owned(),
        is_opaque: replacement.starts_with("::std::iter::"),
    };
    let mutants: Vec<_> = breaks.iter().map(mutant).collect();
    let numbers: Vec<_> = (0..mutants.len()).collect();
    let switched = switched(source, &mutants, &numbers);
    syn::parse_file(&switched.text).expect("it is Rust still");
    switched
}

#[test]
fn an_operator_asks_which_it_is() {
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
fn what_stands_in_one_another_keeps_its_order() {
    let source = "fn f(x: &T) -> bool { !x.a && x.b < 2 || x.c }";
    let breaks = [
        (Kind::Body, (1, 23), "true"),
        (Kind::Unary, (1, 23), ""),
        (Kind::Binary, (1, 28), "||"),
        (Kind::Binary, (1, 35), "<="),
        (Kind::Binary, (1, 39), "&&"),
    ];
    assert_eq!(rewritten(source, &breaks).numbers.len(), breaks.len());
}

#[test]
fn an_iterator_gives_nothing_or_one_other_thing() {
    let source = "fn f() -> impl Iterator<Item = u8> { (0..9).map(g) }";
    let breaks = [
        (Kind::Body, (1, 38), "::std::iter::empty()"),
        (Kind::Body, (1, 38), "::std::iter::once(1)"),
    ];
    let text = rewritten(source, &breaks).text;
    let last = ".filter(|_| !crate::__switch::on(1)).chain(crate::__switch::on(1).then(|| 1)) }";
    assert!(text.contains("{ ({ (0..9).map(g) }).filter(") && text.ends_with(last), "{text}");
}

#[test]
fn arms_and_guards_are_left_out_or_always_there() {
    let source = "fn f(x: u8) -> u8 { match x { 1 => 2, 3 if x > 2 => 4, _ => 5 } }";
    let breaks =
        [(Kind::Arm, (1, 31), ""), (Kind::Arm, (1, 39), ""), (Kind::Guard, (1, 44), "true")];
    let text = rewritten(source, &breaks).text;
    assert!(text.contains("1 if !crate::__switch::on(0) &&  true => 2"), "{text}");
    let both = "!crate::__switch::on(1) && (crate::__switch::on(2) || (x > 2))";
    assert!(text.contains(both), "{text}");
}

#[test]
fn what_the_compiler_may_call_asks_by_what_it_may_call() {
    let source = "const fn f(a: u8) -> u8 { a + 1 * 2 } fn g() -> u8 { 1 + 2 }";
    let breaks =
        [(Kind::Binary, (1, 29), "-"), (Kind::Binary, (1, 33), "/"), (Kind::Binary, (1, 56), "-")];
    let switched = rewritten(source, &breaks);
    let expected = "{ (if crate::__switch::on(0) { a - 1 * 2 } else { \
                    a + (if crate::__switch::on(1) { 1 / 2 } else { 1 * 2 }) }) }";
    assert!(switched.text.contains(expected), "{}", switched.text);
    assert_eq!(switched.constant, BTreeSet::from([0, 1]));
}

#[test]
fn a_constant_is_another_where_it_is_used_and_nowhere_else() {
    let source = "const A: usize = 2 * B + 1; fn f(x: [u8; A]) -> usize { let y = [0; A]; A }";
    let breaks = [(Kind::Binary, (1, 20), "/"), (Kind::Binary, (1, 24), "-")];
    let switched = rewritten(source, &breaks);
    let expected = "let y = [0; A]; (if crate::__switch::on(1) { 2 * B - 1 } \
                    else if crate::__switch::on(0) { 2 / B + 1 } else { A }) }";
    assert!(switched.text.ends_with(expected), "{}", switched.text);
    assert!(switched.text.starts_with("const A: usize = 2 * B + 1; fn f(x: [u8; A])"));
}

#[test]
fn a_field_is_taken_from_where_the_rest_is() {
    let source = "fn f(a: u8) -> T { T { a, b: 2, ..g() } }";
    let breaks = [(Kind::Field, (1, 24), ""), (Kind::Field, (1, 27), "")];
    let switched = rewritten(source, &breaks);
    let expected = "T { a: (if crate::__switch::on(0) { (g()).a } else { a }), \
                    b: (if crate::__switch::on(1) { (g()).b } else { 2 }), ..g() }";
    assert!(switched.text.contains(expected), "{}", switched.text);
}
