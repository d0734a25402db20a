"""Jobs: what a connector does with one (`run_job`), and the workers that fetch them and deliver the outcome."""
