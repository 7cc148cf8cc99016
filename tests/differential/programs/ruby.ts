import type {DifferentialSet} from '../program.ts';

const rb = String.raw;

export const RUBY: DifferentialSet = {
  language: 'ruby',
  programs: [
    {
      title: 'ARGV and $0',
      code: rb`p ARGV, $0, $PROGRAM_NAME, __FILE__, __dir__, __FILE__ == $0, __method__`,
      args: ['a', '-b', ''],
    },
    {title: 'load path and features', code: rb`puts $LOAD_PATH, $LOADED_FEATURES`},
    {title: 'global variables', code: rb`p global_variables.sort, $VERBOSE, $DEBUG, $-w, $;, $,`},
    {title: 'self and constants', code: rb`p self, self.class, Object.constants.sort, local_variables`},
    {
      title: 'an uncaught exception',
      code: rb`def f(n) = n == 0 ? raise(ArgumentError, "deep ü") : f(n - 1)
f(3)
`,
    },
    {
      title: 'an exception with a cause',
      code: rb`begin
  Integer("x")
rescue => e
  raise KeyError, "outer"
end
`,
    },
    {title: 'a syntax error', code: 'def f(\nend end\n'},
    {title: 'an unknown method, with its suggestion', code: rb`"abc".upcas`},
    {
      title: 'callers',
      code: rb`def f = puts(caller, caller_locations(0).first.path, caller_locations(0).first.absolute_path)
f
`,
    },
    {title: 'exit codes', code: rb`exit 7`},
    {title: 'exit! loses at_exit', code: rb`at_exit { puts "no" }; print "lost?"; exit! 3`},
    {title: 'abort', code: rb`abort "gone"`},
    {
      title: 'at_exit in order',
      code: rb`at_exit { puts 1 }; at_exit { puts 2; exit 9 }; END { puts "END" }; BEGIN { puts "BEGIN" }; puts "main"`,
    },
    {title: 'an exception at exit', code: rb`at_exit { raise "late" }; puts 1`},
    {
      title: 'signals',
      code: rb`trap("USR1") { puts "got"; $got = true }; Process.kill("USR1", $$); sleep 0.001 until $got; Process.kill("TERM", $$); sleep 5`,
    },
    {title: 'SIGKILL', code: rb`Process.kill("KILL", $$); sleep 5`},
    {title: 'Interrupt', code: rb`Process.kill("INT", $$); sleep 5`},
    {
      title: 'encodings',
      code: rb`p Encoding.default_external, Encoding.default_internal, __ENCODING__, $stdin.external_encoding, $stdout.external_encoding, Encoding.find("locale"), Encoding.find("filesystem")`,
    },
    {title: 'its environment', code: rb`p ENV.to_h.sort, Dir.pwd, Dir.children(".").sort`, env: {MINE: '1'}},
    {
      title: 'buffering',
      code: rb`p $stdout.sync, $stderr.sync, $stdout.tty?, $stdout.fileno; print "a"; $stdout.syswrite("b\n") rescue p $!`,
    },
    {title: 'order of the streams', code: rb`puts "a"; system "echo b"; puts "c"`},
    {title: 'gets, ARGF and STDIN', code: rb`p gets, $., STDIN.read, gets`, stdin: 'one\ntwo\nthree'},
    {title: 'DATA', code: 'p DATA.read, DATA.pos\n__END__\nx\ny\n'},
    {
      title: 'files beside it',
      code: {
        'main.rb': 'require_relative "a"; require "b"; require "c"; p A, B, C, $LOADED_FEATURES.last(3)',
        'a.rb': 'A = __FILE__',
        'b.rb': 'B = __FILE__',
        'lib/c.rb': 'C = __FILE__',
      },
    },
    {title: 'a missing file', code: rb`require "nothing_here"`},
    {title: 'an error in a required file', code: {'main.rb': 'require "bad"', 'bad.rb': '\nnil.upcase\n'}},
    {
      title: 'threads',
      code: rb`Thread.report_on_exception.then { p _1 }; t = Thread.new { sleep 0.05; puts "t" }; p Thread.list.size; t.join; Thread.new { sleep 9 }; puts "end"`,
    },
    {
      title: 'an exception in a thread',
      code: rb`t = Thread.new { raise "in thread" }; t.join rescue puts "joined"`,
    },
    {
      title: 'fork',
      code: rb`print "x"; pid = fork { puts "child"; exit 3 }; Process.wait pid; p $?.exitstatus`,
    },
    {
      title: 'warnings',
      code: rb`X = 1; X = 2; warn "careful"; def f; end; def f; end; warn("old", category: :deprecated)`,
    },
    {title: 'RUBYOPT', env: {RUBYOPT: '-W0 -rjson'}, code: rb`X = 1; X = 2; p JSON::VERSION.class`},
    {
      title: 'deep recursion',
      code: rb`def f = f
begin; f; rescue SystemStackError => e; p e.message; end
`,
    },
    {
      title: 'open descriptors',
      code: rb`p Dir.children("/proc/self/fd").size, IO.popen("ls /proc/self/fd").read, File.open("main.rb").fileno`,
    },
    {title: 'output', code: rb`30000.times { |i| puts i }; $stderr.puts "e"; p; print "no newline"`},
    {title: 'time zone', code: rb`p Time.at(0), Time.now.zone`},
    {
      title: 'RubyVM and gems',
      code: rb`p RUBY_VERSION, RUBY_ENGINE, defined?(Gem) && Gem.loaded_specs.keys.sort, defined?(DidYouMean), defined?(ErrorHighlight), $-I`,
    },
    {title: 'frozen strings and magic comments', code: '# frozen_string_literal: true\n"a" << "b"\n'},
    {
      title: 'ObjectSpace and GC',
      code: rb`p GC.stress, GC.enable, GC.measure_total_time, ObjectSpace.each_object(Class).count > 100`,
    },
    {title: 'a broken pipe', code: rb`r, w = IO.pipe; r.close; $stdout.reopen(w); puts "x" * 100000`},
  ],
};
