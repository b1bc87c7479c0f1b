//! Evaluation of the counts of callgrind.

use std::{fs, io, path::Path};

use crate::counts::{GROUPS, Group, Spread};

/// The instruction count of one case of a group.
struct Count {
    group: String,
    case: String,
    instructions: u64,
}

/// Evaluates the counts in `folder`.
///
/// Returns whether every spread is within its bound, and no count exceeds the one in `baseline` by
/// more than 5 %.
pub fn run(folder: &Path, baseline: &Path) -> io::Result<bool> {
    let counts = read(folder)?;
    let mut all_ok = has_not_grown(&counts, baseline)?;
    for Group { name, spread, .. } in GROUPS {
        let all: Vec<&Count> = counts.iter().filter(|count| count.group == name).collect();
        let has_factor = |count: &&Count| !WITHOUT_FACTOR.contains(&&*count.case);
        let enrolled: Vec<&Count> = all.iter().copied().filter(has_factor).collect();
        let is_ok = match spread {
            Spread::Answer(bound) => report(name, &all, &bound.to_string(), |a, b| b - a <= bound),
            Spread::Equal => report(name, &all, "equal", |least, most| least == most),
            Spread::Some => report(name, &all, "differ", |least, most| least < most),
            Spread::Within { all: bound, enrolled: closer } => {
                let within = |percent| move |least, most| most * 100 <= least * (100 + percent);
                let at_all = report(name, &all, &format!("{bound} %"), within(bound));
                let name = format!("{name}, enrolled");
                at_all & report(&name, &enrolled, &format!("{closer} %"), within(closer))
            }
        };
        all_ok &= is_ok;
        if !is_ok {
            for Count { case, instructions, .. } in all {
                println!("    {case:<32} {instructions:>9}");
            }
        }
    }
    Ok(all_ok)
}

/// Writes the counts to `baseline`, against which later ones are compared.
pub fn update(folder: &Path, baseline: &Path) -> io::Result<()> {
    let counts = read(folder)?;
    let lines = maxima(&counts).map(|(name, most)| format!("{most:>9} {name}\n"));
    fs::write(baseline, lines.collect::<String>())
}

/// Returns whether no count exceeds its baseline by more than 5 %.
fn has_not_grown(counts: &[Count], baseline: &Path) -> io::Result<bool> {
    let baseline = fs::read_to_string(baseline)?;
    let lines = baseline.lines().filter_map(|line| line.trim_start().split_once(' '));
    let baseline: Vec<(&str, &str)> = lines.collect();
    let mut all_ok = true;
    for (name, most) in maxima(counts) {
        let before =
            baseline.iter().find(|(_, of)| *of == name).and_then(|(count, _)| count.parse().ok());
        let before: u64 = before.unwrap_or(0);
        if most * 100 > before * 105 {
            println!("{name}: {most} instructions, the baseline is {before}: FAILED");
            all_ok = false;
        }
    }
    Ok(all_ok)
}

/// The highest count of each group, except the controls.
fn maxima(counts: &[Count]) -> impl Iterator<Item = (&'static str, u64)> {
    GROUPS.into_iter().filter(|group| !matches!(group.spread, Spread::Some)).map(|group| {
        let of_group = counts.iter().filter(|count| count.group == group.name);
        (group.name, of_group.map(|count| count.instructions).max().unwrap_or(u64::MAX / 1000))
    })
}

/// Prints one line of the table. `is_within` receives the smallest and the largest count.
fn report(
    name: &str,
    counts: &[&Count],
    bound: &str,
    is_within: impl Fn(u64, u64) -> bool,
) -> bool {
    let all = || counts.iter().map(|count| count.instructions);
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    // A group without counts fails as well.
    let is_ok = counts.len() > 1 && least > 0 && is_within(least, most);
    let verdict = if is_ok { "ok" } else { "FAILED" };
    let thousandths = (most - least) * 1000 / least.max(1);
    let spread = format!("{}.{} %", thousandths / 10, thousandths % 10);
    println!("{name:<36} {least:>8} {most:>8} {spread:>9} {bound:>6}  {verdict}");
    is_ok
}

fn read(folder: &Path) -> io::Result<Vec<Count>> {
    let mut counts = Vec::new();
    for file in fs::read_dir(folder)? {
        let text = fs::read_to_string(file?.path())?;
        let after = |start| text.lines().find_map(|line| line.strip_prefix(start));
        let named = after("desc: Trigger: Client Request: ").and_then(|name| name.split_once('/'));
        // The last file is written at the end of the program and has no name.
        let (Some((group, case)), Some(total)) = (named, after("totals: ")) else { continue };
        let instructions = total.trim().parse().map_err(io::Error::other)?;
        counts.push(Count { group: group.to_owned(), case: case.to_owned(), instructions });
    }
    Ok(counts)
}

const WITHOUT_FACTOR: [&str; 2] = ["unknown subject", "nothing enrolled"];
