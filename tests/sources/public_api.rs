//! The public API, compared with the committed listing.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{env, fs, path::Path};

use serde_json::{Value, json};

use super::rustdoc::documented;

const LISTING: &str = "tests/public_api.txt";

#[test]
#[ignore = "builds the documentation again"]
fn public_api_matches_the_committed_listing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LISTING);
    let api = Api::of(documented());
    let now = format!("{}\n{}\n", api.counts(), api.lines().join("\n"));
    if env::var_os("UPDATE_PUBLIC_API").is_some() {
        fs::write(&path, &now).unwrap();
        return;
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    let difference = difference(&before, &now);
    assert!(
        difference.is_empty(),
        "The public API has changed:\n{difference}\nIf that is intended, update {LISTING}:\n    \
         UPDATE_PUBLIC_API=1 cargo test --test sources public_api -- --ignored",
    );
}

#[test]
#[ignore = "builds the documentation again"]
fn public_api_stays_small() {
    let counts = Api::of(documented()).counts();
    println!("{counts}");
    assert!(counts.names <= MOST.names, "{counts}");
    assert!(counts.outside_leaves <= MOST.outside_leaves, "{counts}");
    assert!(counts.at_the_root <= MOST.at_the_root, "{counts}");
    assert!(counts.verifier_methods <= MOST.verifier_methods, "{counts}");
    assert!(counts.in_sans_io <= MOST.in_sans_io, "{counts}");
}

#[test]
fn public_api_items_are_rendered() {
    let api = sample();
    assert_eq!(
        api.lines(),
        [
            "#[non_exhaustive] pub enum crate::Kind",
            "pub crate::Kind::Struct { field: &'a mut str }",
            "pub crate::Kind::Tuple(u8, Option<u8>)",
            "impl Clone, From<u8> for crate::Verifier",
            "pub struct crate::Verifier",
            "pub async fn crate::Verifier::verify<T: Clone>(&self, proof: impl Into<Proof<'_>>) -> \
             Result<(), [u8; 4]> where T: 'static",
            "pub mod crate::gateway",
            "pub struct crate::gateway::Apns",
            "pub mod crate::inner",
            "pub use crate::inner::Verifier = crate::Verifier",
        ]
    );
    let Counts { names, outside_leaves, at_the_root, verifier_methods, in_sans_io } = api.counts();
    let counts = (names, outside_leaves, at_the_root, verifier_methods, in_sans_io);
    assert_eq!(counts, (3, 2, 2, 1, 0));
}

#[test]
fn public_api_differences_are_shown() {
    assert_eq!(difference("a\nb\nc\n", "a\nc\n"), "- b\n");
    assert_eq!(difference("a\nc\n", "a\nb\nc\nd\n"), "+ b\n+ d\n");
    assert_eq!(difference("a\n", "a\n"), "");
}

/// Numbers of public names. They may shrink; to grow, raise [`MOST`] and say why in the commit.
///
/// A name is a type, a trait, a function outside of a type, a constant outside of a type or a macro,
/// with all features. Modules, methods and variants are no names. A name with several paths counts
/// once.
struct Counts {
    /// All of them.
    names: usize,
    /// Those that applications use with the default features, `qr` or `serde`: without the modules
    /// of [`LEAVES`].
    outside_leaves: usize,
    at_the_root: usize,
    verifier_methods: usize,
    in_sans_io: usize,
}

impl core::fmt::Display for Counts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { names, outside_leaves, at_the_root, verifier_methods, in_sans_io } = self;
        writeln!(f, "# {names} public names")?;
        writeln!(f, "# {outside_leaves} of them outside of {}", LEAVES.join(" and "))?;
        writeln!(f, "# {at_the_root} names at the root")?;
        writeln!(f, "# {verifier_methods} methods on Verifier")?;
        write!(f, "# {in_sans_io} names in sans_io")
    }
}

const MOST: Counts = Counts {
    names: 264,
    outside_leaves: 190,
    at_the_root: 36,
    verifier_methods: 50,
    in_sans_io: 26,
};

/// The modules of the features `gateways`, `testkit` and `tracing`, which no other module uses.
const LEAVES: [&str; 3] = ["gateway", "testkit", "tracing"];

/// The items of the crate, each with the paths that lead to it, the shortest first.
struct Api<'a> {
    page: &'a Value,
    name: &'a str,
    paths: BTreeMap<u64, BTreeSet<(usize, String)>>,
}

impl<'a> Api<'a> {
    fn of(page: &'a Value) -> Self {
        let root = page["root"].as_u64().unwrap();
        let name = page["index"][root.to_string()]["name"].as_str().unwrap();
        let mut api = Self { page, name, paths: BTreeMap::new() };
        api.visit(root, name);
        api
    }

    fn visit(&mut self, module: u64, path: &str) {
        let items = self.item(module)["inner"]["module"]["items"].as_array().unwrap();
        for id in items {
            let id = id.as_u64().unwrap();
            let item = self.item(id);
            let used = &item["inner"]["use"];
            let (id, name) = if used.is_null() {
                (id, item["name"].as_str().unwrap())
            } else {
                assert_eq!(used["is_glob"], false, "{path}: a glob is re-exported");
                (used["id"].as_u64().unwrap(), used["name"].as_str().unwrap())
            };
            let path = format!("{path}::{name}");
            let depth = path.matches("::").count();
            if self.paths.entry(id).or_default().insert((depth, path.clone()))
                && kind(self.item(id)) == "module"
            {
                self.visit(id, &path);
            }
        }
    }

    fn item(&self, id: u64) -> &'a Value {
        &self.page["index"][id.to_string()]
    }

    fn items(&self) -> impl Iterator<Item = &'a Value> {
        self.paths.keys().map(|id| self.item(*id))
    }

    fn counts(&self) -> Counts {
        let is_name = |item: &Value| kind(item) != "module";
        let within = |module: &str| {
            let start = format!("{}::{module}", self.name);
            let is_in = |path: &str| {
                path.strip_prefix(&start)
                    .is_some_and(|rest| !rest.is_empty() && !rest.contains("::"))
            };
            let found = self.paths.iter().filter(|(id, paths)| {
                is_name(self.item(**id)) && paths.iter().any(|(_, path)| is_in(path))
            });
            found.count()
        };
        let verifier = self.items().find(|item| item["name"] == "Verifier").unwrap();
        let verifier_methods = self.members(verifier).len();
        let is_leaf = |path: &str| path.split("::").nth(1).is_some_and(|top| LEAVES.contains(&top));
        let outside_leaves = self.paths.iter().filter(|(id, paths)| {
            is_name(self.item(**id)) && paths.iter().any(|(_, path)| !is_leaf(path))
        });
        Counts {
            outside_leaves: outside_leaves.count(),
            names: self.items().filter(|item| is_name(item)).count(),
            at_the_root: within(""),
            verifier_methods,
            in_sans_io: within("sans_io::"),
        }
    }

    /// One line for each item, sorted by path.
    fn lines(&self) -> Vec<String> {
        let mut lines = BTreeSet::new();
        for (id, paths) in &self.paths {
            let mut paths = paths.iter().map(|(_, path)| path.as_str());
            let path = paths.next().unwrap();
            let others = paths.map(|other| (other.to_owned(), format!("pub use {other} = {path}")));
            lines.extend(others);
            self.describe(self.item(*id), path, &mut lines);
        }
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Adds the lines of an item, each with the path that it is sorted by.
    fn describe(&self, item: &'a Value, path: &str, lines: &mut BTreeSet<(String, String)>) {
        let mut add = |path: &str, line: String| lines.insert((path.to_owned(), line));
        let (kind, its) = (kind(item), inner(item));
        let generics = generics(&its["generics"]);
        match kind {
            "module" => add(path, format!("pub mod {path}")),
            "constant" => add(path, format!("pub const {path}: {}", type_of(&its["type"]))),
            "function" => add(path, format!("pub {}", function(item, path))),
            "type_alias" => {
                add(path, format!("pub type {path}{generics} = {}", type_of(&its["type"])))
            }
            "struct" | "enum" => {
                add(path, format!("{}pub {kind} {path}{generics}", marker(item)));
                let traits = self.traits(item);
                if !traits.is_empty() {
                    add(path, format!("impl {} for {path}", traits.join(", ")));
                }
                for (member, of) in self.members(item) {
                    let member_path = format!("{path}{of}::{}", member["name"].as_str().unwrap());
                    add(&member_path, format!("pub {}", self::member(member, &member_path)));
                }
                let fields = self.children(&its["kind"]["plain"]["fields"]);
                for field in fields.chain(self.children(&its["kind"]["tuple"])) {
                    let line = format!("{path}::{}", named_field(field));
                    add(&line, format!("pub {line}"));
                }
                for variant in self.children(&its["variants"]) {
                    let path = format!("{path}::{}", variant["name"].as_str().unwrap());
                    add(&path, format!("{}pub {path}{}", marker(variant), self.fields(variant)));
                }
                true
            }
            "trait" => {
                let bounds = bounds(&its["bounds"]);
                let bounds = if bounds.is_empty() { bounds } else { format!(": {bounds}") };
                add(path, format!("pub trait {path}{generics}{bounds}"));
                for child in self.children(&its["items"]) {
                    let path = format!("{path}::{}", child["name"].as_str().unwrap());
                    add(&path, member(child, &path));
                }
                true
            }
            kind => add(path, format!("pub {kind} {path}")),
        };
    }

    fn children(&self, ids: &'a Value) -> impl Iterator<Item = &'a Value> {
        let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_u64);
        ids.map(|id| self.item(id)).filter(|item| !item.is_null())
    }

    fn impls(&self, item: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.children(&inner(item)["impls"]).map(inner)
    }

    /// The public inherent methods and constants, each with the arguments of the type that has them.
    fn members(&self, item: &'a Value) -> Vec<(&'a Value, String)> {
        let inherent = self.impls(item).filter(|one| one["trait"].is_null());
        let methods = inherent.flat_map(|one| {
            let args = &one["for"]["resolved_path"]["args"];
            let is_concrete =
                |arg: &Value| !arg["type"].is_null() && arg["type"]["generic"].is_null();
            let list = args["angle_bracketed"]["args"].as_array();
            let of = if list.is_some_and(|list| list.iter().any(is_concrete)) {
                arguments(args)
            } else {
                String::new()
            };
            self.children(&one["items"]).map(move |method| (method, of.clone()))
        });
        methods.filter(|(method, _)| method["visibility"] == "public").collect()
    }

    /// The traits that are implemented, without automatic and blanket implementations.
    fn traits(&self, item: &'a Value) -> Vec<String> {
        let own = self.impls(item).filter(|one| {
            !one["trait"].is_null() && one["blanket_impl"].is_null() && one["is_synthetic"] == false
        });
        let names = own.map(|one| path_of(&one["trait"]));
        let names: BTreeSet<String> = names.filter(|name| name != "StructuralPartialEq").collect();
        names.into_iter().collect()
    }

    fn fields(&self, variant: &'a Value) -> String {
        let kind = &inner(variant)["kind"];
        if !kind["tuple"].is_null() {
            let fields = self.children(&kind["tuple"]).map(|field| type_of(inner(field)));
            format!("({})", fields.collect::<Vec<_>>().join(", "))
        } else if !kind["struct"].is_null() {
            let fields = self.children(&kind["struct"]["fields"]).map(named_field);
            format!(" {{ {} }}", fields.collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        }
    }
}

fn kind(item: &Value) -> &str {
    item["inner"].as_object().and_then(|inner| inner.keys().next()).map_or("", String::as_str)
}

fn inner(item: &Value) -> &Value {
    &item["inner"][kind(item)]
}

fn marker(item: &Value) -> &'static str {
    let attributes = item["attrs"].as_array();
    let is_marked = attributes.is_some_and(|all| all.iter().any(|one| one == "non_exhaustive"));
    if is_marked { "#[non_exhaustive] " } else { "" }
}

/// A method, an associated constant or an associated type.
fn member(item: &Value, path: &str) -> String {
    match kind(item) {
        "function" => {
            let is_provided = inner(item)["has_body"] == true;
            let body = if is_provided && item["visibility"] == "default" { " { … }" } else { "" };
            format!("{}{body}", function(item, path))
        }
        "assoc_const" => format!("const {path}: {}", type_of(&inner(item)["type"])),
        _ => format!("type {path}: {}", bounds(&inner(item)["bounds"])),
    }
}

fn named_field(field: &Value) -> String {
    format!("{}: {}", field["name"].as_str().unwrap(), type_of(inner(field)))
}

fn function(item: &Value, path: &str) -> String {
    let inner = inner(item);
    let (signature, header) = (&inner["sig"], &inner["header"]);
    let mut words = String::new();
    for (name, word) in [("is_const", "const "), ("is_async", "async "), ("is_unsafe", "unsafe ")] {
        if header[name] == true {
            words.push_str(word);
        }
    }
    let inputs = signature["inputs"].as_array().unwrap().iter().map(|input| {
        let (name, kind) = (input[0].as_str().unwrap(), type_of(&input[1]));
        match (name, kind.as_str()) {
            ("self", "Self") => "self".to_owned(),
            ("self", "&Self") => "&self".to_owned(),
            ("self", "&mut Self") => "&mut self".to_owned(),
            _ => format!("{name}: {kind}"),
        }
    });
    let inputs = inputs.collect::<Vec<_>>().join(", ");
    let output = &signature["output"];
    let output = if output.is_null() { String::new() } else { format!(" -> {}", type_of(output)) };
    let generics = generics(&inner["generics"]);
    let conditions = conditions(&inner["generics"]["where_predicates"]);
    format!("{words}fn {path}{generics}({inputs}){output}{conditions}")
}

fn generics(generics: &Value) -> String {
    let params = generics["params"].as_array().into_iter().flatten().filter_map(|param| {
        let name = param["name"].as_str().unwrap();
        let kind = &param["kind"];
        if kind["type"]["is_synthetic"] == true {
            None
        } else if !kind["const"].is_null() {
            Some(format!("const {name}: {}", type_of(&kind["const"]["type"])))
        } else {
            let bounds = bounds(&kind["type"]["bounds"]);
            Some(if bounds.is_empty() { name.to_owned() } else { format!("{name}: {bounds}") })
        }
    });
    let params = params.collect::<Vec<_>>().join(", ");
    if params.is_empty() { params } else { format!("<{params}>") }
}

fn conditions(predicates: &Value) -> String {
    let all = predicates.as_array().into_iter().flatten().map(|one| {
        let bound = &one["bound_predicate"];
        if bound.is_null() {
            one.to_string()
        } else {
            format!("{}: {}", type_of(&bound["type"]), bounds(&bound["bounds"]))
        }
    });
    let all = all.collect::<Vec<_>>().join(", ");
    if all.is_empty() { all } else { format!(" where {all}") }
}

fn bounds(bounds: &Value) -> String {
    let all = bounds.as_array().into_iter().flatten().map(|one| {
        let bound = &one["trait_bound"];
        if let Some(lifetime) = one["outlives"].as_str() {
            lifetime.to_owned()
        } else if bound["modifier"] == "maybe" {
            format!("?{}", path_of(&bound["trait"]))
        } else {
            path_of(&bound["trait"])
        }
    });
    all.collect::<Vec<_>>().join(" + ")
}

/// The last name of a path, with its arguments.
fn path_of(path: &Value) -> String {
    let name = path["path"].as_str().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap();
    format!("{name}{}", arguments(&path["args"]))
}

fn arguments(args: &Value) -> String {
    if let Some(called) = args["parenthesized"].as_object() {
        let inputs = list(&called["inputs"]);
        let output = &called["output"];
        let output =
            if output.is_null() { String::new() } else { format!(" -> {}", type_of(output)) };
        return format!("({inputs}){output}");
    }
    let bracketed = &args["angle_bracketed"];
    let plain = bracketed["args"].as_array().into_iter().flatten().map(|arg| {
        if let Some(lifetime) = arg["lifetime"].as_str() {
            lifetime.to_owned()
        } else if let Some(value) = arg["const"]["expr"].as_str() {
            value.to_owned()
        } else {
            type_of(&arg["type"])
        }
    });
    let bound = bracketed["constraints"].as_array().into_iter().flatten().map(|one| {
        let name = one["name"].as_str().unwrap_or_default();
        let binding = &one["binding"];
        if binding["constraint"].is_null() {
            format!("{name} = {}", type_of(&binding["equality"]["type"]))
        } else {
            format!("{name}: {}", bounds(&binding["constraint"]))
        }
    });
    let all = plain.chain(bound).collect::<Vec<_>>().join(", ");
    if all.is_empty() { all } else { format!("<{all}>") }
}

fn list(types: &Value) -> String {
    types.as_array().into_iter().flatten().map(type_of).collect::<Vec<_>>().join(", ")
}

fn type_of(value: &Value) -> String {
    let Some((kind, inner)) = value.as_object().and_then(|value| value.iter().next()) else {
        return value.as_str().unwrap_or("_").to_owned();
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "resolved_path" => path_of(inner),
        "generic" | "primitive" => text(inner),
        "tuple" => format!("({})", list(inner)),
        "slice" => format!("[{}]", type_of(inner)),
        "array" => format!("[{}; {}]", type_of(&inner["type"]), text(&inner["len"])),
        "impl_trait" => format!("impl {}", bounds(inner)),
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map(|name| format!("{name} "));
            let is_mutable = if inner["is_mutable"] == true { "mut " } else { "" };
            format!("&{}{is_mutable}{}", lifetime.unwrap_or_default(), type_of(&inner["type"]))
        }
        "dyn_trait" => {
            let traits = inner["traits"].as_array().into_iter().flatten();
            let traits: Vec<String> = traits.map(|one| path_of(&one["trait"])).collect();
            format!("dyn {}", traits.join(" + "))
        }
        "qualified_path" => {
            format!("{}::{}", type_of(&inner["self_type"]), text(&inner["name"]))
        }
        "function_pointer" => {
            let inputs = inner["sig"]["inputs"].as_array().into_iter().flatten();
            let inputs: Vec<String> = inputs.map(|input| type_of(&input[1])).collect();
            format!("fn({}) -> {}", inputs.join(", "), type_of(&inner["sig"]["output"]))
        }
        other => other.to_owned(),
    }
}

/// The lines that only one of two listings has.
fn difference(before: &str, now: &str) -> String {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (before.lines().collect(), now.lines().collect());
    let removed = old.difference(&new).map(|line| format!("- {line}\n"));
    removed.chain(new.difference(&old).map(|line| format!("+ {line}\n"))).collect()
}

/// A crate with an enum, a struct and a method.
fn sample() -> Api<'static> {
    let path = |name: &str, args: Value| json!({ "path": name, "args": { "angle_bracketed": { "args": args } } });
    let plain = |name: &str| json!({ "primitive": name });
    let option = json!({ "resolved_path": path("core::Option", json!([{ "type": plain("u8") }])) });
    let reference = json!({ "lifetime": "'a", "is_mutable": true, "type": plain("str") });
    let proof = json!({ "resolved_path": path("Proof", json!([{ "lifetime": "'_" }])) });
    let into = path("Into", json!([{ "type": proof }]));
    let array = json!({ "array": { "type": plain("u8"), "len": "4" } });
    let result = path("Result", json!([{ "type": { "tuple": [] } }, { "type": array }]));
    let this = json!({ "is_mutable": false, "type": { "generic": "Self" } });
    let clone = json!([{ "trait_bound": { "trait": { "path": "Clone" } } }]);
    let fixed = json!({ "type": { "generic": "T" }, "bounds": [{ "outlives": "'static" }] });
    let verify = json!({
        "header": { "is_async": true },
        "generics": {
            "params": [
                { "name": "T", "kind": { "type": { "bounds": clone } } },
                { "name": "impl Into", "kind": { "type": { "is_synthetic": true } } },
            ],
            "where_predicates": [{ "bound_predicate": fixed }],
        },
        "sig": {
            "inputs": [
                ["self", { "borrowed_ref": this }],
                ["proof", { "impl_trait": [{ "trait_bound": { "trait": into } }] }],
            ],
            "output": { "resolved_path": result },
        },
    });
    let item = |name: &str, kind: &str, inner: Value| json!({ "name": name, "visibility": "public", "attrs": [], "inner": { kind: inner } });
    let implements = |one: Value| {
        item("", "impl", json!({ "trait": one, "is_synthetic": one["path"] == "Send" }))
    };
    let no_generics = json!({ "params": [] });
    let kind = json!({ "variants": [8, 9], "impls": [], "generics": no_generics });
    let verifier = json!({ "kind": {}, "impls": [4, 5, 6, 7], "generics": no_generics });
    let own = json!({ "trait": null, "items": [13], "for": { "resolved_path": {} } });
    let mut index = [
        item("crate", "module", json!({ "items": [1, 2, 3, 15] })),
        item("inner", "module", json!({ "items": [14] })),
        item("", "use", json!({ "name": "Verifier", "id": 14, "is_glob": false })),
        item("Kind", "enum", kind),
        item("", "impl", own),
        implements(json!({ "path": "core::Clone" })),
        implements(json!({ "path": "Send" })),
        implements(path("From", json!([{ "type": plain("u8") }]))),
        item("Tuple", "variant", json!({ "kind": { "tuple": [10, 11] } })),
        item("Struct", "variant", json!({ "kind": { "struct": { "fields": [12] } } })),
        item("0", "struct_field", plain("u8")),
        item("1", "struct_field", option),
        item("field", "struct_field", json!({ "borrowed_ref": reference })),
        item("verify", "function", verify),
        item("Verifier", "struct", verifier),
        item("gateway", "module", json!({ "items": [16] })),
        item("Apns", "struct", json!({ "kind": {}, "impls": [], "generics": no_generics })),
    ];
    index[3]["attrs"] = json!(["non_exhaustive"]);
    let index = index.into_iter().enumerate().map(|(id, item)| (id.to_string(), item));
    let index: serde_json::Map<String, Value> = index.collect();
    Api::of(Box::leak(Box::new(json!({ "root": 0, "index": index }))))
}
