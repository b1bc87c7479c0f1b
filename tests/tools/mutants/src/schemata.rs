//! Rewriting of a source file into mutant schemata.
//!
//! All mutants of a file are written into it at once, each behind a switch with its number.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use proc_macro2::{LineColumn, Span};
use syn::{BinOp, Expr, UnOp, spanned::Spanned, visit::Visit};

use crate::list::{Kind, Mutant};

#[cfg(test)]
mod tests;

/// A rewritten file, and the mutants in it.
pub struct Schemata {
    pub text: String,
    pub numbers: BTreeSet<usize>,
    /// The positions in `text` of the replacement return values.
    pub returns: Vec<(Range<usize>, usize)>,
    /// The lines of `match` expressions with an arm without a guard that a mutant removes.
    pub matches: Vec<(usize, usize)>,
    /// The mutants inside a `const fn`.
    pub in_const_fn: BTreeSet<usize>,
}

/// Writes those mutants of `numbers` into `source` that can be switched.
pub fn schemata(source: &str, mutants: &[Mutant], numbers: &[usize]) -> Schemata {
    let mut positions = BTreeMap::<_, Vec<_>>::new();
    for &number in numbers {
        positions.entry(mutants[number].at).or_default().push(number);
    }
    let mut writer = Writer {
        lines: line_starts(source),
        source,
        mutants,
        positions,
        constants: BTreeMap::new(),
        is_const_fn: false,
        depth: 0,
        edits: Vec::new(),
        numbers: BTreeSet::new(),
        matches: Vec::new(),
        in_const_fn: BTreeSet::new(),
    };
    let file = syn::parse_file(source).expect("the file is valid Rust");
    writer.collect_constants(&file);
    writer.visit_file(&file);
    let (text, returns) = applied(source, writer.edits);
    let Writer { numbers, matches, in_const_fn, .. } = writer;
    Schemata { text, numbers, returns, matches, in_const_fn }
}

struct Writer<'a> {
    lines: Vec<usize>,
    source: &'a str,
    mutants: &'a [Mutant],
    positions: BTreeMap<(usize, usize), Vec<usize>>,
    /// The mutants of the constants in this file, with their values, by name.
    constants: BTreeMap<String, Vec<(usize, String)>>,
    /// Whether the current function is a `const fn`.
    is_const_fn: bool,
    depth: isize,
    edits: Vec<Edit>,
    numbers: BTreeSet<usize>,
    matches: Vec<(usize, usize)>,
    in_const_fn: BTreeSet<usize>,
}

/// A replacement of `length` bytes.
///
/// At the same position, closing texts come first, the inner before the outer. Opening texts
/// follow, the outer before the inner.
struct Edit {
    at: usize,
    order: isize,
    length: usize,
    text: String,
    /// The mutant, if this is a replacement return value.
    returns: Option<usize>,
}

const SWITCH: &str = "crate::__switch";

impl Writer<'_> {
    fn offset(&self, at: LineColumn) -> usize {
        let start = self.lines[at.line - 1];
        let line = &self.source[start..];
        start + line.char_indices().nth(at.column).map_or(line.len(), |(bytes, _)| bytes)
    }

    fn begin(&mut self, span: Span, text: String) {
        let at = self.offset(span.start());
        self.edits.push(Edit { at, order: 1_000 + self.depth, length: 0, text, returns: None });
    }

    fn end(&mut self, span: Span, text: String) {
        let at = self.offset(span.end());
        self.edits.push(Edit { at, order: -1_000 - self.depth, length: 0, text, returns: None });
    }

    fn replace(&mut self, span: Span, text: String) {
        let (at, end) = (self.offset(span.start()), self.offset(span.end()));
        self.edits.push(Edit { at, order: 0, length: end - at, text, returns: None });
    }

    /// Returns the mutants of this kind that start at `span`.
    fn at(&self, span: Span, kind: Kind) -> Vec<usize> {
        let start = span.start();
        let there = self.positions.get(&(start.line, start.column + 1));
        let of_kind = |number: &usize| self.mutants[*number].kind == kind;
        there.into_iter().flatten().copied().filter(of_kind).collect()
    }

    fn body(&mut self, block: &syn::Block) {
        let Some(first) = block.stmts.first() else { return };
        let numbers = self.at(first.span(), Kind::Body);
        if numbers.iter().any(|number| self.mutants[*number].is_opaque) {
            return self.iterator(block, first.span(), &numbers);
        }
        for number in numbers {
            let value = &self.mutants[number].replacement;
            let text = format!("if {SWITCH}::on({number}) {{ return {value}; }} ");
            let at = self.offset(first.span().start());
            self.edits.push(Edit { at, order: 500, length: 0, text, returns: Some(number) });
            self.numbers.insert(number);
        }
    }

    /// Mutates a function that returns `impl Iterator`. Both variants must have one type, so the
    /// items of the body are filtered out, and the replacement item is chained.
    fn iterator(&mut self, block: &syn::Block, first: Span, numbers: &[usize]) {
        let replacement = |number: &usize| self.mutants[*number].replacement.as_str();
        if !numbers.iter().all(|number| replacement(number).starts_with("::std::iter::")) {
            return;
        }
        let start = self.offset(first.start());
        let end = block.stmts.last().map_or(start, |last| self.offset(last.span().end()));
        let filters: String =
            numbers.iter().map(|number| format!(".filter(|_| !{SWITCH}::on({number}))")).collect();
        let mut pieces =
            vec![(start, 500, "({ ".to_owned(), None), (end, 0, format!(" }}){filters}"), None)];
        for (order, number) in (1..).zip(numbers) {
            let one = replacement(number).strip_prefix("::std::iter::once(");
            if let Some(one) = one.and_then(|rest| rest.strip_suffix(')')) {
                let chain = format!(".chain({SWITCH}::on({number}).then(|| {one}))");
                pieces.push((end, order, chain, Some(*number)));
            }
        }
        let edits = pieces.into_iter();
        self.edits.extend(edits.map(|(at, order, text, returns)| Edit {
            at,
            order,
            length: 0,
            text,
            returns,
        }));
        self.numbers.extend(numbers);
    }

    /// Collects the mutants of constants. They are switched where the constants are used.
    fn collect_constants(&mut self, file: &syn::File) {
        for item in &file.items {
            let syn::Item::Const(item) = item else { continue };
            let mut operators = Operators(Vec::new());
            operators.visit_expr(&item.expr);
            let whole = self.range(item.expr.span());
            for op in operators.0 {
                let at = self.range(op);
                for number in self.at(op, Kind::Binary) {
                    let other = &self.mutants[number].replacement;
                    let (before, after) = (whole.start..at.start, at.end..whole.end);
                    let text = format!("{}{other}{}", &self.source[before], &self.source[after]);
                    self.constants.entry(item.ident.to_string()).or_default().push((number, text));
                }
            }
        }
    }

    /// Switches between `whole` and its mutants by `if`, which const evaluation can run.
    fn choice(&mut self, whole: Span, others: Vec<(usize, String)>) {
        let ifs = others
            .iter()
            .map(|(number, other)| format!("if {SWITCH}::on({number}) {{ {other} }} else "));
        self.begin(whole, format!("({}{{ ", ifs.collect::<String>()));
        self.end(whole, " })".to_owned());
        self.numbers.extend(others.into_iter().map(|(number, _)| number));
    }

    /// Visits a function, and records its mutants if it is a `const fn`.
    fn function(&mut self, signature: &syn::Signature, visit: impl FnOnce(&mut Self)) {
        let before = self.numbers.clone();
        self.is_const_fn = signature.constness.is_some();
        visit(self);
        if self.is_const_fn {
            self.in_const_fn.extend(self.numbers.difference(&before));
        }
        self.is_const_fn = false;
    }

    fn operator(&mut self, expr: Span, left: Span, op: &BinOp, right: Span) {
        let numbers = self.at(op.span(), Kind::Binary);
        if numbers.is_empty() {
            return;
        }
        let written = self.source[self.range(op.span())].to_owned();
        if self.is_const_fn {
            let [left, right] = [left, right].map(|side| &self.source[self.range(side)]);
            let other = |number: &usize| {
                let op = &self.mutants[*number].replacement;
                (*number, format!("{left} {op} {right}"))
            };
            let others = numbers.iter().map(other).collect();
            return self.choice(expr, others);
        }
        let mut others = String::new();
        for number in &numbers {
            others += &format!("({number}, {:?}), ", self.mutants[*number].replacement);
        }
        let number = numbers[0];
        let (before, between, after) = match op {
            BinOp::And(_) => logic(number, "false"),
            BinOp::Or(_) => logic(number, "true"),
            BinOp::Eq(_) | BinOp::Ne(_) => {
                ("((".to_owned(), written, format!(") != {SWITCH}::on({number}))"))
            }
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                call("compare", "&(", &written, &others)
            }
            BinOp::Shl(_) | BinOp::Shr(_) => call("shift", "(", &written, &others),
            _ if written.ends_with('=') => {
                let (before, _, after) = call("assign", "&mut (", &written, &others);
                (before, "), (".to_owned(), after)
            }
            _ => call("calculate", "(", &written, &others),
        };
        self.begin(left, before);
        self.replace(op.span(), between);
        self.end(right, after);
        self.numbers.extend(numbers);
    }

    /// Mutates the fields of a struct expression. A removed field is taken from the base
    /// expression.
    fn fields(&mut self, it: &syn::ExprStruct) {
        let Some(rest) = &it.rest else { return };
        let rest = self.source[self.range(rest.span())].to_owned();
        for field in &it.fields {
            let syn::Member::Named(name) = &field.member else { continue };
            let others: Vec<_> = self.at(field.span(), Kind::Field);
            let others: Vec<_> =
                others.into_iter().map(|number| (number, format!("({rest}).{name}"))).collect();
            if others.is_empty() {
                continue;
            }
            if field.colon_token.is_none() {
                let at = self.offset(field.span().start());
                let text = format!("{name}: ");
                self.edits.push(Edit { at, order: 999, length: 0, text, returns: None });
            }
            self.choice(field.expr.span(), others);
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.offset(span.start())..self.offset(span.end())
    }
}

/// Switches between `a && b` and `a || b`. `stops` is the value of `a` that decides the original
/// expression.
fn logic(number: usize, stops: &str) -> (String, String, String) {
    let on = format!("{SWITCH}::on({number})");
    match stops {
        "false" => ("(if (".into(), format!(") != {on} {{ "), format!(" }} else {{ {on} }})")),
        _ => ("(if (".into(), format!(") != {on} {{ !{on} }} else {{ "), " })".into()),
    }
}

fn call(name: &str, open: &str, op: &str, others: &str) -> (String, String, String) {
    (format!("{SWITCH}::{name}({open}"), format!("), {open}"), format!("), {op:?}, &[{others}])"))
}

impl<'ast> Visit<'ast> for Writer<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, |own| {
            own.body(&item.block);
            syn::visit::visit_item_fn(own, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, |own| {
            own.body(&item.block);
            syn::visit::visit_impl_item_fn(own, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    // Const evaluation cannot be switched.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.depth += 1;
        match expr {
            Expr::Binary(it) if !has_let(expr) => {
                self.operator(it.span(), it.left.span(), &it.op, it.right.span());
            }
            Expr::Path(it) if it.path.get_ident().is_some() => {
                let name = it.path.get_ident().map(ToString::to_string).unwrap_or_default();
                if let Some(others) = self.constants.get(&name).cloned() {
                    self.choice(it.span(), others);
                }
            }
            Expr::Struct(it) => self.fields(it),
            Expr::Unary(it) if matches!(it.op, UnOp::Not(_)) => {
                for number in self.at(it.op.span(), Kind::Unary) {
                    if self.is_const_fn {
                        let plain = self.source[self.range(it.expr.span())].to_owned();
                        self.choice(it.span(), vec![(number, plain)]);
                        continue;
                    }
                    self.begin(it.op.span(), format!("{SWITCH}::not({number}, "));
                    if let Some(sign) = self.edits.last_mut() {
                        sign.length = 1;
                    }
                    self.end(it.expr.span(), ")".to_owned());
                    self.numbers.insert(number);
                }
            }
            _ => {}
        }
        syn::visit::visit_expr(self, expr);
        self.depth -= 1;
    }

    fn visit_expr_match(&mut self, it: &'ast syn::ExprMatch) {
        let line = it.expr.span().start().line;
        for arm in it.arms.iter().filter(|arm| arm.guard.is_none()) {
            let numbers = self.at(arm.pat.span(), Kind::Arm);
            self.matches.extend(numbers.into_iter().map(|number| (line, number)));
        }
        syn::visit::visit_expr_match(self, it);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.depth += 1;
        let mut before = String::new();
        for number in self.at(arm.pat.span(), Kind::Arm) {
            before += &format!("!{SWITCH}::on({number}) && ");
            self.numbers.insert(number);
        }
        match &arm.guard {
            Some((_, guard)) if !has_let(guard) => {
                let mut always = String::new();
                for number in self.at(guard.span(), Kind::Guard) {
                    let on = format!("{SWITCH}::on({number})");
                    if self.mutants[number].replacement == "true" {
                        always += &format!("{on} || ");
                    } else {
                        before += &format!("!{on} && ");
                    }
                    self.numbers.insert(number);
                }
                if !(before.is_empty() && always.is_empty()) {
                    self.begin(guard.span(), format!("{before}({always}("));
                    self.end(guard.span(), "))".to_owned());
                }
            }
            None if !before.is_empty() => {
                self.end(arm.pat.span(), format!(" if {before} true"));
            }
            _ => {}
        }
        syn::visit::visit_arm(self, arm);
        self.depth -= 1;
    }
}

/// The positions of binary operators.
struct Operators(Vec<Span>);

impl Visit<'_> for Operators {
    fn visit_expr_binary(&mut self, it: &syn::ExprBinary) {
        self.0.push(it.op.span());
        syn::visit::visit_expr_binary(self, it);
    }
}

/// Returns whether the expression is a `let` chain, which cannot be rewritten.
fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(it) => has_let(&it.left) || has_let(&it.right),
        _ => false,
    }
}

fn line_starts(source: &str) -> Vec<usize> {
    let ends = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
}

fn applied(source: &str, mut edits: Vec<Edit>) -> (String, Vec<(Range<usize>, usize)>) {
    edits.sort_by_key(|edit| (edit.at, edit.order));
    let (mut text, mut done, mut returns) = (String::new(), 0, Vec::new());
    for edit in edits {
        text += &source[done..edit.at];
        let start = text.len();
        text += &edit.text;
        returns.extend(edit.returns.map(|number| (start..text.len(), number)));
        done = edit.at + edit.length;
    }
    text += &source[done..];
    (text, returns)
}
