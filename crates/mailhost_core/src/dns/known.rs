//! What the DNS has said in this run, and what is still to be asked.

use std::collections::HashMap;
use std::rc::Rc;

use super::answer::{Answer, Failure, Fault, Outcome};
use super::lookup::Lookup;
use super::question::Question;

/// Every answer of a run. A question is asked once.
#[derive(Debug)]
pub struct Known {
    /// `None` for those that are wanted.
    answers: HashMap<Question, Option<Rc<Answer>>>,
    /// The questions that were asked, in their order.
    asked: Vec<Question>,
    wanted: Vec<Question>,
    most: usize,
}

impl Known {
    /// Nothing yet, and never more than the answers to `most` questions.
    pub fn up_to(most: usize) -> Self {
        Self { answers: HashMap::new(), asked: Vec::new(), wanted: Vec::new(), most }
    }

    /// The answer to a question; `None` when it has to be asked first, which is noted.
    ///
    /// When the run has asked enough, the answer is a failure that says so.
    pub fn answer(&mut self, question: &Question) -> Option<Rc<Answer>> {
        if let Some(answer) = self.answers.get(question) {
            return answer.clone();
        }
        if self.asked.len() + self.wanted.len() >= self.most {
            let failure = Failure::of(Fault::NotAsked);
            return Some(Rc::new(Answer::of(Outcome::Failed(failure))));
        }
        self.wanted.push(question.clone());
        self.answers.insert(question.clone(), None);
        None
    }

    /// Whether an answer was missed since the last were asked for, so that what is seen now is not the
    /// last word.
    pub fn is_waiting(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Lets `look` look at what is known, asks for what it missed, and so on until it misses nothing;
    /// then returns what it saw last.
    ///
    /// `look` goes on as well as it can where an answer is missing, so that what can be asked at once
    /// is asked at once; what it returns then is thrown away.
    pub fn settle<T>(
        &mut self,
        lookup: &mut dyn Lookup,
        mut look: impl FnMut(&mut Self) -> T,
    ) -> T {
        loop {
            let seen = look(self);
            let wanted = std::mem::take(&mut self.wanted);
            if wanted.is_empty() {
                return seen;
            }
            // A question without an answer would be asked for ever.
            let none = || Some(Answer::of(Outcome::Failed(Failure::of(Fault::Timeout))));
            let answers = lookup.ask(&wanted).into_iter().chain(std::iter::from_fn(none));
            for (question, answer) in wanted.into_iter().zip(answers) {
                self.asked.push(question.clone());
                self.answers.insert(question, Some(Rc::new(answer)));
            }
        }
    }

    /// How many questions were asked.
    pub fn count(&self) -> usize {
        self.asked.len()
    }

    /// Every question with its answer, in the order in which they were asked.
    pub fn all(&self) -> impl Iterator<Item = (&Question, &Answer)> {
        self.asked.iter().filter_map(|it| Some((it, self.answers.get(it)?.as_deref()?)))
    }

    /// A line for each of them, with who answered and after how many milliseconds, for `-vvv`.
    pub fn log(&self) -> Vec<String> {
        let line = |(question, answer): (&Question, &Answer)| {
            let from = answer.server.map_or(String::new(), |server| format!(" from {server}"));
            let time = answer.time.as_secs_f64() * 1000.0;
            format!("{question}: {}{from}, {time:.1} ms", answer.outcome)
        };
        self.all().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Name, RecordType, Zone};

    fn question(name: &str) -> Question {
        Question::new(&Name::from_text(name).expect("a name"), RecordType::Txt)
    }

    #[test]
    fn ok_what_is_missed_together_is_asked_together_and_once() {
        let mut zone = Zone::default().txt("a.example", "b.example").txt("b.example", "end");
        let mut known = Known::up_to(10);
        let mut look = |known: &mut Known| {
            let (first, again) = (known.answer(&question("a.example")), question("A.example."));
            known.answer(&again);
            known.answer(&question("c.example"));
            let next = first.and_then(|answer| answer.texts().next()).unwrap_or_default();
            if next.is_empty() {
                return None;
            }
            let next = Question::new(&Name::from_text(next).expect("a name"), RecordType::Txt);
            known.answer(&next).and_then(|answer| answer.texts().next())
        };
        assert_eq!(known.settle(&mut zone, &mut look), Some(b"end".to_vec()));
        assert_eq!((known.count(), zone.batches()), (3, 2));
        assert_eq!(known.settle(&mut zone, &mut look), Some(b"end".to_vec()));
        assert_eq!((known.count(), zone.batches()), (3, 2));
        assert_eq!(known.log()[1], "TXT c.example: no such name, 0.0 ms");
    }

    #[test]
    fn unknown_the_questions_of_a_run_come_to_an_end() {
        let (mut zone, mut known) = (Zone::default(), Known::up_to(3));
        let faults: Vec<bool> = known.settle(&mut zone, |known| {
            let answers = (0..5).map(|at| known.answer(&question(&format!("n{at}.example"))));
            answers.map(|it| it.is_some_and(|it| it.failure().is_some())).collect()
        });
        assert_eq!(faults, [false, false, false, true, true]);
        assert_eq!(known.count(), 3);
    }
}
