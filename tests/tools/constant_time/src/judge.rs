//! Reads what callgrind counted, and says whether it is as it must be.

use std::{fs, io, path::Path};

use crate::counts::{GROUPS, Group, Spread};

/// The instructions of one case of a group.
struct Count {
    group: String,
    case: String,
    instructions: u64,
}

/// Judges the counts in that folder; whether all are as they must be, and none has grown beyond what
/// `kept` says.
pub fn run(folder: &Path, kept: &Path) -> io::Result<bool> {
    let counts = read(folder)?;
    let mut is_good = has_not_grown(&counts, kept)?;
    for Group { name, spread, .. } in GROUPS {
        let all: Vec<&Count> = counts.iter().filter(|count| count.group == name).collect();
        let has_factor = |count: &&Count| !WITHOUT_FACTOR.contains(&&*count.case);
        let enrolled: Vec<&Count> = all.iter().copied().filter(has_factor).collect();
        let is_right = match spread {
            Spread::Answer(bound) => tell(name, &all, &bound.to_string(), |a, b| b - a <= bound),
            Spread::Equal => tell(name, &all, "equal", |least, most| least == most),
            Spread::Some => tell(name, &all, "apart", |least, most| least < most),
            Spread::Within { all: bound, enrolled: closer } => {
                let within = |percent| move |least, most| most * 100 <= least * (100 + percent);
                let at_all = tell(name, &all, &format!("{bound} %"), within(bound));
                let name = format!("{name}, enrolled");
                at_all & tell(&name, &enrolled, &format!("{closer} %"), within(closer))
            }
        };
        is_good &= is_right;
        if !is_right {
            for Count { case, instructions, .. } in all {
                println!("    {case:<32} {instructions:>9}");
            }
        }
    }
    Ok(is_good)
}

/// Writes the counts that later ones are held against.
pub fn keep(folder: &Path, kept: &Path) -> io::Result<()> {
    let counts = read(folder)?;
    let lines = mosts(&counts).map(|(name, most)| format!("{most:>9} {name}\n"));
    fs::write(kept, lines.collect::<String>())
}

/// Whether nothing takes more than a twentieth above what it took when the counts were kept.
fn has_not_grown(counts: &[Count], kept: &Path) -> io::Result<bool> {
    let kept = fs::read_to_string(kept)?;
    let lines = kept.lines().filter_map(|line| line.trim_start().split_once(' '));
    let kept: Vec<(&str, &str)> = lines.collect();
    let mut is_good = true;
    for (name, most) in mosts(counts) {
        let before =
            kept.iter().find(|(_, of)| *of == name).and_then(|(count, _)| count.parse().ok());
        let before: u64 = before.unwrap_or(0);
        if most * 100 > before * 105 {
            println!("{name}: {most} instructions, where {before} were kept: FAILED");
            is_good = false;
        }
    }
    Ok(is_good)
}

/// The dearest case of each group that is no mistake made on purpose.
fn mosts(counts: &[Count]) -> impl Iterator<Item = (&'static str, u64)> {
    GROUPS.into_iter().filter(|group| !matches!(group.spread, Spread::Some)).map(|group| {
        let of_group = counts.iter().filter(|count| count.group == group.name);
        (group.name, of_group.map(|count| count.instructions).max().unwrap_or(u64::MAX / 1000))
    })
}

/// One line of the table. `is_right` takes the least and the most of the counts.
fn tell(name: &str, counts: &[&Count], bound: &str, is_right: impl Fn(u64, u64) -> bool) -> bool {
    let seen = || counts.iter().map(|count| count.instructions);
    let (least, most) = (seen().min().unwrap_or(0), seen().max().unwrap_or(0));
    // A group that was not counted is as bad as one that lies too far apart.
    let is_right = counts.len() > 1 && least > 0 && is_right(least, most);
    let verdict = if is_right { "ok" } else { "FAILED" };
    let thousandths = (most - least) * 1000 / least.max(1);
    let apart = format!("{}.{} %", thousandths / 10, thousandths % 10);
    println!("{name:<36} {least:>8} {most:>8} {apart:>9} {bound:>6}  {verdict}");
    is_right
}

fn read(folder: &Path) -> io::Result<Vec<Count>> {
    let mut counts = Vec::new();
    for file in fs::read_dir(folder)? {
        let text = fs::read_to_string(file?.path())?;
        let after = |start| text.lines().find_map(|line| line.strip_prefix(start));
        let named = after("desc: Trigger: Client Request: ").and_then(|name| name.split_once('/'));
        // The last file is that of the program's end.
        let (Some((group, case)), Some(total)) = (named, after("totals: ")) else { continue };
        let instructions = total.trim().parse().map_err(io::Error::other)?;
        counts.push(Count { group: group.to_owned(), case: case.to_owned(), instructions });
    }
    Ok(counts)
}

const WITHOUT_FACTOR: [&str; 2] = ["unknown subject", "nothing enrolled"];
