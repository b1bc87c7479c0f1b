//! Report of the benchmarks: tables and pictures.
//!
//! `bash benches/run.sh` measures, and runs this program.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn core::error::Error>>;
/// The minimum in nanoseconds of each function, by group.
type Measured = BTreeMap<String, BTreeMap<String, f64>>;

fn main() -> Outcome<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the package has a parent folder")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let measured = read(&target.join("criterion"))?;

    let machine = machine()?;
    if let Ok(stores) = fs::read_to_string(target.join("stores.md")) {
        between_markers(&root.join("src/manual/storage.md"), &format!("{machine}\n{stores}"))?;
    }
    let mut tables = machine.clone();
    for (group, of_group) in &measured {
        let title = group.strip_prefix("verify, ");
        tables += &match title {
            Some(subject) => verification(subject, of_group)?,
            None => table(group, of_group)?,
        };
    }
    tables += &builds(&target.join("build_cost.tsv"))?;
    between_markers(&root.join("src/manual/speed.md"), &tables)?;

    let picture = |group: &str| -> Outcome<String> {
        let of_group = measured.get(group).ok_or_else(|| format!("{group} was not measured"))?;
        Ok(svg(group, of_group, machine.trim_end()))
    };
    let pictures = root.join("pictures");
    fs::create_dir_all(&pictures)?;
    fs::write(pictures.join("code.svg"), picture("TOTP generation, SHA-1, precomputed key")?)?;
    fs::write(pictures.join("search.svg"), picture("TOTP search, window 1, precomputed key")?)?;
    Ok(())
}

/// Reads the fastest sample of all rounds. Slower samples include other work of the machine.
fn read(criterion: &Path) -> Outcome<Measured> {
    let mut measured = Measured::new();
    for group in fs::read_dir(criterion)? {
        for function in fs::read_dir(group?.path()).into_iter().flatten() {
            for round in fs::read_dir(function?.path()).into_iter().flatten() {
                let round = round?.path();
                let (Ok(about), Ok(sample)) =
                    (json(&round.join("benchmark.json")), json(&round.join("sample.json")))
                else {
                    continue;
                };
                let text = |key: &str| about[key].as_str().map(str::to_owned).ok_or(key.to_owned());
                let numbers = |key: &str| sample[key].as_array().into_iter().flatten();
                let each = numbers("times")
                    .zip(numbers("iters"))
                    .filter_map(|(time, rounds)| Some(time.as_f64()? / rounds.as_f64()?));
                let of_group = measured.entry(text("group_id")?).or_default();
                let least = of_group.entry(text("function_id")?).or_insert(f64::MAX);
                *least = each.fold(*least, f64::min);
            }
        }
    }
    Ok(measured)
}

fn json(path: &Path) -> Outcome<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Describes the machine and the date.
fn machine() -> Outcome<String> {
    let output_of = |program: &str, arguments: &[&str]| -> Outcome<String> {
        let output = Command::new(program).args(arguments).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processors.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let (model, date) = (model.unwrap_or("an unknown processor"), output_of("date", &["+%F"])?);
    let compiler = output_of("rustc", &["--version"])?;
    Ok(format!("Measured on {date}: {model}, {cores} cores, {compiler}.\n"))
}

/// Writes a table, sorted by time, with the ratios to the lower bound and to this crate.
fn table(group: &str, of_group: &BTreeMap<String, f64>) -> Outcome<String> {
    let (ours, lower_bound) = (of_group.get(OURS), of_group.get(LOWER_BOUND));
    let mut rows: Vec<_> = of_group.iter().collect();
    rows.sort_by(|one, other| one.1.total_cmp(other.1));
    let bases = [("× lower bound", lower_bound), ("× second-factor", ours)];
    let bases = bases.map(|(title, base)| base.map(|base| (title, *base)));
    let bases: Vec<_> = bases.into_iter().flatten().collect();
    let titles: String = bases.iter().map(|(title, _)| format!(" {title} |")).collect();
    let rule = "--:|".repeat(bases.len());
    let mut text = format!("\n## {group}\n\n| implementation | time |{titles}\n|---|--:|{rule}\n");
    for (name, nanos) in rows {
        let ratios: String =
            bases.iter().map(|(_, base)| format!(" {:.2} |", nanos / base)).collect();
        writeln!(text, "| {name} | {} |{ratios}", time(*nanos))?;
    }
    Ok(text)
}

/// Writes the time of the whole call and of its parts, without the cost of the measurement.
fn verification(subject: &str, of_group: &BTreeMap<String, f64>) -> Outcome<String> {
    let overhead = of_group.get("empty").ok_or("the empty group was not measured")?;
    let whole = of_group.get("whole").ok_or("no verification was measured")? - overhead;
    let mut text =
        format!("\n## Verification of a subject with {subject}\n\n| part | time |\n|---|--:|\n");
    let mut sum = 0.0;
    for (name, nanos) in of_group {
        if let Some(part) = name.strip_prefix("part: ") {
            writeln!(text, "| {part} | {} |", time(nanos - overhead))?;
            // Opening includes it.
            sum += if part == "randomness" { 0.0 } else { nanos - overhead };
        }
    }
    let (of_sum, sum) = (whole / sum, time(sum));
    writeln!(text, "| sum, with the randomness counted once | {sum} |")?;
    writeln!(text, "| **whole call**, {of_sum:.2} of the sum | {} |", time(whole))?;
    Ok(text)
}

/// Writes a table from lines of `crate<TAB>crates<TAB>seconds`, if they were measured.
fn builds(path: &Path) -> Outcome<String> {
    let Ok(lines) = fs::read_to_string(path) else { return Ok(String::new()) };
    let mut text = "\n## Build cost\n\n| crate | dependencies | seconds |\n\
                    |---|--:|--:|\n"
        .to_owned();
    for line in lines.lines() {
        writeln!(text, "| {} |", line.replace('\t', " | "))?;
    }
    Ok(text)
}

fn between_markers(path: &Path, tables: &str) -> Outcome<()> {
    let page = fs::read_to_string(path)?;
    let (before, rest) = page.split_once(BEGIN).ok_or("the page has no start marker")?;
    let (_, after) = rest.split_once(END).ok_or("the page has no end marker")?;
    fs::write(path, format!("{before}{BEGIN}\n{tables}{END}{after}"))?;
    Ok(())
}

/// Draws a bar chart, sorted by time, above a line about the machine.
///
/// The text is a gray that is readable on light and dark pages.
fn svg(group: &str, of_group: &BTreeMap<String, f64>, machine: &str) -> String {
    let mut rows: Vec<_> = of_group.iter().collect();
    rows.sort_by(|one, other| one.1.total_cmp(other.1));
    let most = rows.last().map_or(1.0, |(_, nanos)| **nanos);
    let last_line = 48 + 26 * rows.len();
    let height = last_line + 10;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{group}\">\n\
         <text x=\"8\" y=\"18\" font-weight=\"bold\" fill=\"#808080\">{group}</text>\n"
    );
    for (at, (name, nanos)) in rows.into_iter().enumerate() {
        let (y, width) = (32 + 26 * at, 380.0 * nanos / most);
        let color = match name.as_str() {
            LOWER_BOUND => "#9a9a9a",
            name if name.starts_with(OURS) => "#2f81f7",
            _ => "#c69026",
        };
        let (line, end) = (y + 14, 168.0 + width);
        text += &format!(
            "<text x=\"8\" y=\"{line}\" fill=\"#808080\">{name}</text>\
             <rect x=\"160\" y=\"{y}\" width=\"{width:.0}\" height=\"18\" fill=\"{color}\"/>\
             <text x=\"{end:.0}\" y=\"{line}\" fill=\"#808080\">{}</text>\n",
            time(*nanos)
        );
    }
    text += &format!(
        "<text x=\"8\" y=\"{last_line}\" font-size=\"11\" fill=\"#808080\">{machine}</text>\n"
    );
    text + "</svg>\n"
}

fn time(nanos: f64) -> String {
    match nanos {
        _ if nanos < 1e3 => format!("{nanos:.0} ns"),
        _ if nanos < 1e6 => format!("{:.1} µs", nanos / 1e3),
        _ => format!("{:.1} ms", nanos / 1e6),
    }
}

const LOWER_BOUND: &str = "lower bound";
const OURS: &str = "second-factor";
const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- end of what was measured -->";
