//! `mixlab convert`, `completions` and `man`: files for other programs.

use std::process::ExitCode;

use clap::CommandFactory;
use mixlab::{ModelFile, ending};

use crate::args::{Args, CompletionsArgs, ConvertArgs, ManArgs};
use crate::output::{Usage, check_folder, check_not_input, print};

pub fn run(args: &ConvertArgs) -> anyhow::Result<ExitCode> {
    let output = args.output.as_path();
    let endings: &[&str] = if args.sklearn { &["npz"] } else { &["npz", "json"] };
    if !endings.contains(&ending(output).as_str()) {
        let endings = endings.join(" or .");
        return Err(Usage(format!("{} does not end in .{endings}", output.display())).into());
    }
    check_folder(output)?;
    let file = ModelFile::load(&args.model)?;
    check_not_input(output, [args.model.as_path()])?;
    match args.sklearn {
        true => file.save_for_sklearn(output)?,
        false => file.save(output)?,
    }
    Ok(ExitCode::SUCCESS)
}

pub fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "mixlab", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let mut whole = Args::command();
    // names of commands become mixlab-fit, and global options are told of each
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return Err(
                    Usage(format!("there is no command {name:?}; see mixlab --help")).into()
                );
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(|out| out.write_all(&text))?;
    Ok(ExitCode::SUCCESS)
}
