//! Reads what callgrind counted, and says whether it is as it must be.

use std::{fs, io, path::Path};

use crate::counts::{GROUPS, Group, Spread};

/// The instructions of one case of a group.
struct Count {
    group: String,
    case: String,
    instructions: u64,
}

/// Judges the counts in that folder; whether all are as they must be.
pub fn run(folder: &Path) -> io::Result<bool> {
    let counts = read(folder)?;
    let mut is_good = true;
    for Group { name, spread, .. } in GROUPS {
        let all: Vec<&Count> = counts.iter().filter(|count| count.group == name).collect();
        let has_factor = |count: &&Count| !WITHOUT_FACTOR.contains(&&*count.case);
        let enrolled: Vec<&Count> = all.iter().copied().filter(has_factor).collect();
        is_good &= match spread {
            Spread::Equal => tell(name, &all, "equal", |apart| apart == 0),
            Spread::Some => tell(name, &all, "apart", |apart| apart > 0),
            Spread::Within { all: bound, enrolled: closer } => {
                let at_all = tell(name, &all, &format!("{bound} %"), |apart| apart <= bound * 10);
                let name = format!("{name}, enrolled");
                let bound = format!("{closer} %");
                at_all & tell(&name, &enrolled, &bound, |apart| apart <= closer * 10)
            }
        };
        if !is_good {
            for Count { case, instructions, .. } in all {
                println!("    {case:<32} {instructions:>9}");
            }
        }
    }
    Ok(is_good)
}

/// One line of the table. `is_right` takes how far the counts lie apart, in thousandths of the least.
fn tell(name: &str, counts: &[&Count], allowed: &str, is_right: impl Fn(u64) -> bool) -> bool {
    let seen = || counts.iter().map(|count| count.instructions);
    let (least, most) = (seen().min().unwrap_or(0), seen().max().unwrap_or(0));
    // Rounded up: only what is equal is 0.
    let apart = ((most - least) * 1000).div_ceil(least.max(1));
    // A group that was not counted is as bad as one that was counted and differs.
    let is_right = counts.len() > 1 && least > 0 && is_right(apart);
    let verdict = if is_right { "ok" } else { "FAILED" };
    let percent = format!("{}.{}", apart / 10, apart % 10);
    println!("{name:<36} {least:>8} {most:>8} {percent:>7} % {allowed:>6}  {verdict}");
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
