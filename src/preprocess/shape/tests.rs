use super::*;

/// A shape of each kind, with values in its domain.
fn shapes() -> Vec<(Shape, Vec<f64>)> {
    let sorted: Vec<f64> = (1..400).map(|at| (f64::from(at) / 60.0).exp() - 3.0).collect();
    let scores = NormalScores::of_sorted(&sorted, 12).unwrap();
    let all: Vec<f64> = vec![-1e6, -250.0, -3.5, -0.2, 0.0, 1e-7, 0.3, 1.0, 7.0, 812.0, 1e6];
    let positive = vec![1e-12, 1e-3, 0.4, 1.0, 3.0, 1e3, 1e9];
    let mut shapes = vec![
        (Shape::identity(), all.clone()),
        (Shape::log(0.0, 1e-15).unwrap(), positive.clone()),
        (Shape::log(4.0, 1e-9).unwrap(), vec![-3.9, -1.0, 0.0, 55.0]),
        (Shape::logit(0.0, 1.0, 1e-12).unwrap(), vec![1e-9, 0.1, 0.5, 0.9, 1.0 - 1e-9]),
        (Shape::logit(-20.0, 300.0, 1e-9).unwrap(), vec![-19.9, 0.0, 130.0, 299.0]),
        (Shape::scores(scores), vec![-40.0, -2.0, 0.0, 10.0, 300.0, 770.0, 5000.0]),
    ];
    for lambda in [0.0, 0.4, 1.0, 1.3, 2.0] {
        // the exponentials of larger ones overflow
        let near: Vec<f64> = all.iter().copied().filter(|x| x.abs() < 1e3).collect();
        shapes.push((Shape::yeo_johnson(lambda, 2.0, 50.0).unwrap(), near));
    }
    shapes
}

#[test]
fn inverses_return_the_values() {
    for (shape, values) in shapes() {
        for x in values {
            let back = shape.inverse(shape.apply(x));
            // relative to the distance to a bound, from which the value is measured
            assert!((back - x).abs() <= 1e-12 * x.abs().max(300.0), "{}: {x} {back}", shape.name());
        }
    }
}

#[test]
fn shapes_increase_and_have_their_derivative() {
    for (shape, values) in shapes() {
        for pair in values.windows(2) {
            assert!(shape.apply(pair[0]) < shape.apply(pair[1]), "{} {pair:?}", shape.name());
        }
        for &x in &values[1..values.len() - 1] {
            // by which z changes by 1e-4
            let step = 1e-4 / shape.ln_derivative(x).exp();
            let difference = shape.apply(x + step) - shape.apply(x - step);
            assert!(
                (difference / 2e-4 - 1.0).abs() < 1e-3,
                "{} at {x}: {difference}",
                shape.name()
            );
        }
        assert!(shape.apply(f64::NAN).is_nan() && shape.inverse(f64::NAN).is_nan());
    }
}

#[test]
fn values_at_and_beyond_a_bound_are_finite() {
    let log = Shape::log(0.0, 1e-9).unwrap();
    let logit = Shape::logit(0.0, 1.0, 1e-9).unwrap();
    for (shape, x) in [(&log, 0.0), (&log, -1e9), (&logit, 0.0), (&logit, 1.0), (&logit, 1e9)] {
        let z = shape.apply(x);
        assert!(z.is_finite() && shape.ln_derivative(x).is_finite(), "{} {x}", shape.name());
        assert!((shape.inverse(z) - x).abs() <= 1e-12 * x.abs().max(1.0));
    }
    // continuous, with a continuous derivative, where the line begins
    for (shape, x) in [(&log, 1e-9), (&logit, 1e-9), (&logit, 1.0 - 1e-9)] {
        let (below, above) = (x * (1.0 - 1e-13), x * (1.0 + 1e-13));
        assert!((shape.apply(below) - shape.apply(above)).abs() < 2e-3);
        assert!((shape.ln_derivative(below) - shape.ln_derivative(above)).abs() < 2e-3);
    }
}

/// scipy 1.17.1: `stats.yeojohnson(numpy.array([-3, -0.5, 0, 2, 7]), lmbda)`.
const YEO_JOHNSON: [(f64, [f64; 5]); 4] = [
    (0.0, [-7.5, -0.625, 0.0, 1.098_612_288_668_109_8, 2.079_441_541_679_835_7]),
    (
        0.4,
        [
            -5.118_491_774_985_174,
            -0.570_710_469_336_679,
            0.0,
            1.379_613_934_788_399_6,
            3.243_491_774_985_175,
        ],
    ),
    (
        1.3,
        [
            -2.341_451_173_636_84,
            -0.468_858_914_204_763_06,
            0.0,
            2.439_359_623_805_945,
            10.714_252_203_529_936,
        ],
    ),
    (2.0, [-1.386_294_361_119_890_6, -0.405_465_108_108_164_4, 0.0, 4.0, 31.5]),
];

#[test]
fn the_transform_of_yeo_and_johnson_is_that_of_scipy() {
    let values = [-3.0, -0.5, 0.0, 2.0, 7.0];
    for (lambda, expected) in YEO_JOHNSON {
        let shape = Shape::yeo_johnson(lambda, 0.0, 1.0).unwrap();
        for (x, expected) in values.into_iter().zip(expected) {
            approx::assert_relative_eq!(shape.apply(x), expected, max_relative = 1e-14);
        }
    }
}

#[test]
fn normal_scores_are_quantiles_of_ranks() {
    let sorted: Vec<f64> = (0..999).map(|at| f64::from(at).sqrt()).collect();
    let scores = NormalScores::of_sorted(&sorted, 20).unwrap();
    assert!(scores.values().len() <= 20 && scores.values().len() > 15);
    assert_eq!(
        (scores.values()[0], scores.values()[scores.values().len() - 1]),
        (0.0, sorted[998])
    );
    assert!(scores.apply(sorted[499]).abs() < 0.01);
    // 97.5 % of the values are below this one
    assert!((scores.apply(sorted[974]) - 1.96).abs() < 0.05);
    // equal values have one score
    let tied = [vec![0.0; 50], (1..51).map(f64::from).collect()].concat();
    let scores = NormalScores::of_sorted(&tied, 10).unwrap();
    assert!((scores.apply(0.0) + 0.674).abs() < 0.01);
}

#[test]
fn invalid_shapes_are_refused() {
    assert!(Shape::log(f64::NAN, 1.0).is_err() && Shape::log(0.0, 0.0).is_err());
    assert!(Shape::logit(1.0, 1.0, 0.1).is_err() && Shape::logit(0.0, 1.0, 0.5).is_err());
    assert!(Shape::yeo_johnson(2.1, 0.0, 1.0).is_err());
    assert!(Shape::yeo_johnson(1.0, 0.0, 0.0).is_err());
    for (values, scores) in [
        (vec![0.0, 1.0], vec![0.0, 1.0]),
        (vec![0.0, 1.0, 1.0], vec![0.0, 1.0, 2.0]),
        (vec![0.0, 1.0, 2.0], vec![0.0, 2.0, 1.0]),
        (vec![0.0, 1.0, 2.0], vec![0.0, 1.0]),
        (vec![0.0, 1.0, f64::INFINITY], vec![0.0, 1.0, 2.0]),
    ] {
        assert!(NormalScores::new(values, scores).is_err());
    }
    assert!(NormalScores::of_sorted(&[], 10).is_err());
    assert!(NormalScores::of_sorted(&[1.0, 1.0, 2.0], 10).is_err());
}

#[test]
fn identities_are_left_out() {
    assert!(Shapes::new(vec![Shape::identity(); 3]).is_none());
    let shapes = Shapes::new(vec![Shape::identity(), Shape::log(0.0, 1e-9).unwrap()]).unwrap();
    let rows = ndarray::array![[5.0, 1.0], [7.0, f64::NAN]];
    let shaped = shapes.apply(rows.view());
    assert_eq!((shaped[[0, 0]], shaped[[0, 1]]), (5.0, 0.0));
    assert!(shaped[[1, 1]].is_nan());
    assert_eq!(shapes.ln_derivatives(rows.view()).to_vec(), [0.0, 0.0]);
    assert_eq!(shapes.inverse(shaped).unwrap().row(0), rows.row(0));
}
