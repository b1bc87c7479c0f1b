//! What is written in place of small sources.

use super::*;

fn rewritten(source: &str, breaks: &[(Kind, (usize, usize), &str)], constant: &[&str]) -> Switched {
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
    let constant = constant.iter().map(|&name| name.to_owned()).collect();
    let switched = switched(source, &mutants, &numbers, &constant);
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
        let text = rewritten(source, &[(Kind::Binary, (1, at), other)], &[]).text;
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
    assert_eq!(rewritten(source, &breaks, &[]).numbers.len(), breaks.len());
}

#[test]
fn an_iterator_gives_nothing_or_one_other_thing() {
    let source = "fn f() -> impl Iterator<Item = u8> { (0..9).map(g) }";
    let breaks = [
        (Kind::Body, (1, 38), "::std::iter::empty()"),
        (Kind::Body, (1, 38), "::std::iter::once(1)"),
    ];
    let text = rewritten(source, &breaks, &[]).text;
    let last = ".filter(|_| !crate::__switch::on(1)).chain(crate::__switch::on(1).then(|| 1)) }";
    assert!(text.contains("{ ({ (0..9).map(g) }).filter(") && text.ends_with(last), "{text}");
}

#[test]
fn arms_and_guards_are_left_out_or_always_there() {
    let source = "fn f(x: u8) -> u8 { match x { 1 => 2, 3 if x > 2 => 4, _ => 5 } }";
    let breaks =
        [(Kind::Arm, (1, 31), ""), (Kind::Arm, (1, 39), ""), (Kind::Guard, (1, 44), "true")];
    let text = rewritten(source, &breaks, &[]).text;
    assert!(text.contains("1 if !crate::__switch::on(0) &&  true => 2"), "{text}");
    let both = "!crate::__switch::on(1) && (crate::__switch::on(2) || (x > 2))";
    assert!(text.contains(both), "{text}");
}

#[test]
fn what_the_compiler_computes_stays_as_it_is() {
    let source = "const fn f(a: u8) -> u8 { a + 1 } const A: u8 = 1 + f(2);";
    let breaks = [(Kind::Binary, (1, 29), "-"), (Kind::Binary, (1, 51), "-")];
    let kept = rewritten(source, &breaks, &["f"]);
    assert_eq!((kept.text.as_str(), kept.numbers.len()), (source, 0));
    let called = rewritten(source, &breaks, &[]);
    assert!(called.text.starts_with(" fn f"), "{}", called.text);
    assert_eq!(called.numbers, BTreeSet::from([0]));
}
