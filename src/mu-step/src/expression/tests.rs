use super::*;

fn logits(of: Net) -> Expression {
    Expression::leaf(Node::Output { of, part: Part::Logits, at: None })
}

fn minus(a: &Expression, b: &Expression) -> Expression {
    Expression::of([a, b], |[a, b]| Node::Binary { f: Binary::Subtract, a, b })
}

#[test]
fn what_is_said_twice_is_there_once() {
    let softmax = |e: &Expression| Expression::of([e], |[of]| Node::Softmax { of, over: Axis::Class });
    let own = softmax(&logits(Net::Own));
    let difference = minus(&own, &softmax(&logits(Net::Own)));
    assert_eq!(difference.nodes().len(), 3, "{difference:?}");
    assert_eq!(difference.to_string(), "softmax(logits) - softmax(logits)");
}

#[test]
fn axes_match_by_name() {
    let features = Expression::leaf(Node::Output {
        of: Net::Own,
        part: Part::Features { layer: Some("fc1".to_owned()) },
        at: None,
    });
    let wrong = minus(&logits(Net::Own), &features);
    let message = wrong.types().unwrap_err();
    assert!(message.contains("`class`") && message.contains("`feature of fc1`"), "{message}");
    let right = minus(&logits(Net::Own), &logits(Net::Original));
    assert_eq!(right.types().unwrap().pop().unwrap().axes, [Axis::Class]);
}

#[test]
fn cross_entropy_reads_as_it_is_written() {
    assert_eq!(Expression::cross_entropy().to_string(), "-log_p(label)");
    let types = Expression::cross_entropy().types().unwrap();
    assert_eq!(types.last().unwrap().to_string(), "a number");
}

/// A divergence is told as one, however it is computed.
#[test]
fn a_divergence_reads_as_it_is_written() {
    let log = |of: &Expression| Expression::of([of], |[of]| Node::LogSoftmax { of, over: Axis::Class });
    let (log_p, log_q) = (log(&logits(Net::Original)), log(&logits(Net::Own)));
    let p = Expression::of([&log_p], |[of]| Node::Unary { f: Unary::Exp, of });
    let sum = |each: &Expression| {
        Expression::of([each], |[of]| Node::Reduce { f: Reduce::Sum, of, over: vec![Axis::Class] })
    };
    let product = |a: &Expression, b: &Expression| {
        Expression::of([a, b], |[a, b]| Node::Binary { f: Binary::Multiply, a, b })
    };
    let spelled = sum(&product(&p, &minus(&log_p, &log_q)));
    assert_eq!(spelled.to_string(), "divergence(softmax(original.logits), softmax(logits))");
    let at_once = Expression::of([&p, &log_q], |[p, log_q]| Node::Divergence { p, log_q });
    assert_eq!(at_once.to_string(), "divergence(exp(log_softmax(original.logits)), softmax(logits))");
    let other = sum(&product(&p, &minus(&log_q, &log_p)));
    assert_eq!(
        other.to_string(),
        "sum(exp(log_softmax(original.logits)) * (log_softmax(logits) - log_softmax(original.logits)))"
    );
}

#[test]
fn brackets_stand_where_they_are_needed() {
    let (a, b) = (Expression::leaf(Node::Progress), Expression::number(2.0));
    let product = |a: &Expression, b: &Expression| {
        Expression::of([a, b], |[a, b]| Node::Binary { f: Binary::Multiply, a, b })
    };
    assert_eq!(product(&minus(&a, &b), &b).to_string(), "(progress - 2) * 2");
    assert_eq!(minus(&a, &minus(&b, &a)).to_string(), "progress - (2 - progress)");
    assert_eq!(minus(&minus(&a, &b), &a).to_string(), "progress - 2 - progress");
}

#[test]
fn passes_are_counted_by_network_and_input() {
    let kl = Expression::of([&logits(Net::Original), &logits(Net::Own)], |[p, log_q]| Node::Divergence {
        p,
        log_q,
    });
    assert_eq!(kl.passes(), (0.0, 1.0));
    let image = Expression::leaf(Node::Image);
    let moved = Expression::of([&image], |[of]| Node::Unary { f: Unary::Negate, of });
    let there =
        Expression::of([&moved], |[at]| Node::Output { of: Net::Own, part: Part::Logits, at: Some(at) });
    assert_eq!(minus(&there, &logits(Net::Own)).passes(), (1.0, 0.0));
}
