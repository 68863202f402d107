//! Links between complaints (guide repeat, policy related-window).

use super::*;

#[test]
fn the_later_complaint_carries_the_link() {
    // policy related-window
    let mut story = Story::other();
    let events = story.reviewer(h(1), link("C0", LinkKind::Related));
    assert_eq!(names(&events), ["ComplaintLinked"]);
    let links: Vec<_> = story
        .complaint()
        .links
        .iter()
        .map(|link| (link.to.as_str(), link.kind))
        .collect();
    assert_eq!(links, [("C0", LinkKind::Related)]);
}

#[test]
fn a_link_exists_once_a_kind_and_can_be_taken_back() {
    // policy related-window
    let mut story = Story::other();
    story.reviewer(h(1), link("C0", LinkKind::Related));
    let code = story.refused(Role::Reviewer, h(2), link("C0", LinkKind::Related));
    assert_eq!(code, Code::LinkExists);
    story.reviewer(h(2), link("C0", LinkKind::Concurrent));
    assert_eq!(
        names(&story.reviewer(h(3), unlink("C0", LinkKind::Related))),
        ["ComplaintUnlinked"]
    );
    assert_eq!(story.complaint().links.len(), 1);
    let code = story.refused(Role::Reviewer, h(4), unlink("C0", LinkKind::Related));
    assert_eq!(code, Code::ComplaintUnknown);
}

#[test]
fn a_complaint_that_is_not_there_or_itself_cannot_be_linked() {
    // policy related-window
    let mut story = Story::other();
    let code = story.refused(Role::Reviewer, h(1), link("C1", LinkKind::Related));
    assert_eq!(code, Code::ComplaintUnknown);
    story.other_known = false;
    let code = story.refused(Role::Reviewer, h(1), link("C0", LinkKind::Related));
    assert_eq!(code, Code::ComplaintUnknown);
}

#[test]
fn links_change_no_clock() {
    // guide repeat: concurrent complaints are not repeats, their own clocks run.
    let mut story = Story::other();
    let before = story.complaint().rounds.clone();
    story.reviewer(h(1), link("C0", LinkKind::Concurrent));
    assert_eq!(story.complaint().rounds, before);
}
