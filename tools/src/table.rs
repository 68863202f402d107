//! Tables and lists of facts, as every command prints them.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table,
    TableStyle, Width,
};

use crate::terminal::{self, Tone, toned};

/// A line under the header and nothing else.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// An empty table under a header; it fits the output.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(terminal::width())
        .set_header(header.iter().map(|name| cell(*name, Tone::Strong)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table
}

/// The table with every column at least as wide as its longest word, so that ids can be copied and
/// words read whole; where that does not fit, the longest words are broken first.
fn with_whole_words(table: &Table) -> Table {
    let mut table = table.clone();
    let columns = table.column_max_content_widths().len();
    let mut words: Vec<(u16, usize)> = (0..columns)
        .map(|index| (longest_word(&table, index), index))
        .collect();
    words.sort_unstable();
    // One column of space after each word, and one between columns.
    let mut room = terminal::width();
    for (length, index) in words {
        let bound = length.saturating_add(1);
        let Some(left) = room.checked_sub(bound.saturating_add(1)) else {
            break;
        };
        room = left;
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(bound)));
        }
    }
    table
}

fn longest_word(table: &Table, column: usize) -> u16 {
    let longest = table
        .column_cells_with_header_iter(column)
        .flatten()
        .flat_map(|cell| {
            let content = cell.content();
            let words = content.split_whitespace().map(|word| word.chars().count());
            words.max()
        })
        .max()
        .unwrap_or(0);
    u16::try_from(longest).unwrap_or(u16::MAX)
}

/// A cell in its colour, where there is colour.
pub fn cell(text: impl ToString, tone: Tone) -> Cell {
    let cell = Cell::new(text);
    if !terminal::is_coloured() {
        return cell;
    }
    match tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Quiet => cell.add_attribute(Attribute::Dim),
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Warning => cell.fg(Color::DarkYellow),
        Tone::Bad => cell.fg(Color::DarkRed),
    }
}

/// A number, at the right of its column.
pub fn number(number: impl ToString) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}

/// What a command prints for people, put together part by part.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// A line of its own.
    pub fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.text.push_str(text.as_ref().trim_end());
        self.text.push('\n');
        self
    }

    /// A heading, with a line of space before it.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(toned(text, Tone::Strong))
    }

    /// A name and what there is to say about it. What is empty is left out; what is too long for
    /// the line goes on under itself.
    pub fn fact(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        const NAME_COLUMNS: usize = 16;
        let value = value.as_ref();
        if value.is_empty() {
            return self;
        }
        let room = usize::from(terminal::width()).saturating_sub(NAME_COLUMNS + 2);
        for (index, part) in wrapped(value, room).into_iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let padded = format!("{name:<NAME_COLUMNS$}");
            self.line(format!("{}  {part}", toned(&padded, Tone::Quiet)));
        }
        self
    }

    /// A table; one without rows is left out.
    pub fn table(&mut self, table: &Table) -> &mut Self {
        if table.row_count() > 0 {
            for line in with_whole_words(table).lines() {
                self.line(line);
            }
        }
        self
    }

    /// Everything so far.
    pub fn finish(&self) -> &str {
        &self.text
    }
}

/// A text cut between words so that each part has at most so many characters; a longer word stands
/// alone.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Page, table, wrapped};

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("immeasurable", 3), ["immeasurable"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn what_is_empty_is_left_out_of_a_page() {
        let mut page = Page::default();
        page.line("first").fact("name", "").table(&table(&["a"]));
        assert_eq!(page.finish(), "first\n");
    }

    #[test]
    fn a_table_fits_a_pipe() {
        let mut table = table(&["complaint", "text"]);
        table.add_row(["200000020260305140012345001", "word ".repeat(60).as_str()]);
        let mut page = Page::default();
        page.table(&table);
        assert!(page.finish().contains("200000020260305140012345001"));
        assert!(
            page.finish()
                .lines()
                .all(|line| line.chars().count() <= 100)
        );
        // What cannot fit is broken, not cut off.
        table.add_row(["2", "x".repeat(300).as_str()]);
        let mut page = Page::default();
        page.table(&table);
        assert!(page.finish().contains("200000020260305140012345001"));
        assert!(
            page.finish()
                .lines()
                .all(|line| line.chars().count() <= 100)
        );
        assert_eq!(
            page.finish().matches('x').count(),
            300 + "text".matches('x').count()
        );
    }
}
